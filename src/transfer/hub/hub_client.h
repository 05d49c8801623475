#pragma once

#include <string>
#include <vector>

#include "transfer/download/location.h"
#include "transfer/http/http_client.h"
#include "transfer/hub/hub_files.h"

namespace hearth::transfer {

/// A repository of Hugging Face's hub, or of what speaks as it does. The token goes to the endpoint alone.
/// For one thread.
class HubClient {
 public:
  /// `endpoint`: "https://huggingface.co". Error: kInvalidArgument.
  static Result<HubClient> open(HttpClient& http, const std::string& endpoint, const std::string& token,
                                std::string repository);

  /// The commit that a branch, a tag or a commit's name stands for.
  Result<std::string> find_commit(const std::string& revision);
  Result<std::vector<HubFile>> list_files(const std::string& commit);
  /// Where a file is now. `path` is within the repository.
  Result<Location> locate_file(const std::string& commit, const std::string& path);

  const std::string& repository() const { return repository_; }

 private:
  HubClient(HttpClient& http, Url endpoint, std::string authorization, std::string repository)
      : http_(&http),
        endpoint_(std::move(endpoint)),
        authorization_(std::move(authorization)),
        repository_(std::move(repository)) {}

  Result<Url> url(const std::string& rest) const;
  Result<HttpAnswer> get(const Url& url, std::string_view what);
  Error refusal(const HttpAnswer& answer, std::string_view what) const;

  HttpClient* http_;
  Url endpoint_;
  std::string authorization_;
  std::string repository_;
};

}  // namespace hearth::transfer
