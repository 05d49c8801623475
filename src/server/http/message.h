#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/call/api_error.h"

namespace hearth::server {

class ModelWish;

/// The models that a handler asked for. One that is still being loaded is waited for when the handler has
/// returned, which is then run again. For one thread at a time.
struct ModelWishes {
  std::map<std::string, std::shared_ptr<ModelWish>, std::less<>> by_name;
  std::shared_ptr<ModelWish> awaited;                               ///< null: none
  std::optional<std::chrono::steady_clock::time_point> since = {};  ///< when one was first waited for
};

/// A complete request within the limits.
struct HttpRequest {
  std::string method;
  std::string path;                               ///< percent-decoded, without the query
  std::map<std::string, std::string> parameters;  ///< what a route's "{name}" stood for
  std::map<std::string, std::string> query;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::stop_token gone = {};      ///< requested when the client disconnects
  ModelWishes* wishes = nullptr;  ///< null: its handler cannot wait for a model

  /// The first header of this (lower-case) name.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// A complete response.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  api::HeaderList headers = {};
};

}  // namespace hearth::server
