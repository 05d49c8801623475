#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "store/model_store.h"
#include "transfer/transfer_options.h"

namespace hearth {

/// How far a transfer is. `completed` of a digest never falls.
struct TransferProgress {
  std::string status;  ///< "pulling manifest", "pulling 0123456789ab", "writing manifest", "success"
  std::optional<BlobDigest> digest = {};  ///< of the file that the figures are of
  uint64_t total = 0, completed = 0;      ///< bytes
};
/// Called by the thread that transfers.
using OnProgress = std::function<void(const TransferProgress& progress)>;

/// Fetches a model into the store. What a former attempt has fetched is not fetched again. Errors: kNotFound,
/// kInvalidArgument (a name that may not be fetched), kNoSpace before the first byte, kCorruptData naming the
/// file, kIo, kCancelled, kUnsupported (offline).
struct PullRequest {
  ModelName name;
  bool insecure = false;  ///< plain HTTP, and certificates that nobody vouches for
};
Status pull(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

/// Sends a model of the store to its registry. Errors: as `pull`.
Status push(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

}  // namespace hearth
