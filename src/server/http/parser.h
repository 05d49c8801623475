#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/call/api_error.h"
#include "server/http/limits.h"
#include "server/http/message.h"

namespace hearth::server {

/// The first line and the headers of a request.
struct HttpHead {
  std::string method;
  std::string target;
  int minor_version = 1;  ///< HTTP/1.x
  std::vector<std::pair<std::string, std::string>> headers;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<uint64_t> content_length;
  bool expects_continue = false;

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Parses one HTTP/1 request incrementally. Ambiguous requests (both lengths, other transfer encodings, more
/// than one Host, folded headers, bare line feeds) are refused. Not thread-safe.
class HttpParser {
 public:
  explicit HttpParser(const ServerLimits& limits);
  ~HttpParser();

  /// Consumes `bytes` and returns how many: fewer at the end of the head or of the request. Segmentation
  /// makes no difference to what is refused.
  std::expected<size_t, api::ApiError> feed(std::string_view bytes);

  bool head_done() const;
  bool done() const;
  const HttpHead& head() const;  ///< once the head is done
  /// Method, target and headers of a refused or incomplete head, as far as they can be found; unchecked.
  HttpHead sketch() const;
  size_t body_size() const;  ///< so far
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::server
