#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "store/model_store.h"
#include "transfer/download/downloader.h"
#include "transfer/http/http_client.h"
#include "transfer/session/transfer_options.h"
#include "transfer/session/transfer_request.h"

namespace hearth::transfer {

/// What a pull or push has at hand, whatever it speaks to.
class TransferSession {
 public:
  /// Error: kUnsupported where no connection may be opened.
  static Result<std::unique_ptr<TransferSession>> open(const PullRequest& request, ModelStore& store,
                                                       const TransferOptions& options, OnProgress progress,
                                                       std::stop_token stop, LogSink log);

  const ModelName& name() const { return request_.name; }
  const TransferOptions& options() const { return options_; }
  HttpClient& http() { return http_; }
  ModelStore& store() { return store_; }
  const LogSink& log() const { return log_; }

  void tell(std::string status) const { progress_({.status = std::move(status)}); }
  void tell(std::string status, const std::optional<BlobDigest>& digest, uint64_t total,
            uint64_t completed) const {
    progress_({.status = std::move(status), .digest = digest, .total = total, .completed = completed});
  }

  /// Fetches files, in this order, if all of them find room. What is returned keeps them until it goes.
  struct Files {
    std::vector<BlobDigest> digests;
    std::vector<std::unique_ptr<PartialFile>> locks;
    std::optional<BlobClaim> claim = {};
  };
  Result<Files> fetch(const std::vector<DownloadFile>& files);
  /// Makes the fetched files the model of the request's name.
  Status finish(const Manifest& manifest);

 private:
  TransferSession(const PullRequest& request, ModelStore& store, const TransferOptions& options,
                  OnProgress progress, std::stop_token stop, LogSink log);

  const PullRequest request_;
  const TransferOptions options_;
  ModelStore& store_;
  const OnProgress progress_;
  const LogSink log_;
  HttpClient http_;
};

}  // namespace hearth::transfer
