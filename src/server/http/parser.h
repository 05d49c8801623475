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

/// Reads one HTTP/1 request as its bytes come. What two readers could understand differently (both lengths,
/// other transfer encodings, more than one Host, folded headers, lines that end in other ways) is refused.
/// Not thread-safe.
class HttpParser {
 public:
  explicit HttpParser(const ServerLimits& limits);
  ~HttpParser();

  /// Uses up `bytes`, and says how many: fewer where the head ends among them, or the request. Whatever the
  /// pieces, what is refused is the same.
  std::expected<size_t, api::ApiError> feed(std::string_view bytes);

  bool head_done() const;
  bool done() const;
  const HttpHead& head() const;  ///< once the head is done
  /// What can be told of a head that was refused, or that has not come whole: its method, target and headers
  /// as far as there are such, unchecked.
  HttpHead sketch() const;
  size_t body_size() const;  ///< so far
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::server
