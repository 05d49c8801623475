#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "transfer/http/url.h"

namespace hearth::transfer {

/// Reads `size` bytes of a body at `offset` into `out`; fewer are an error of the source.
using BodySource = std::function<Status(uint64_t offset, char* out, size_t size)>;

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<std::string> headers = {};  ///< "Name: value"
  std::string authorization = {};         ///< for `url`'s origin alone: no redirect takes it elsewhere
  std::string body = {};
  BodySource source = {};  ///< instead of `body`
  uint64_t source_size = 0;
  size_t max_answer = size_t(4) << 20;  ///< bytes of the body
  bool head_only = false;               ///< the body does not matter, and may be long
  bool follow = true;                   ///< redirects
  int num_attempts = 0;                 ///< 0: as the client's options say
};

/// Status and headers of an answer. Names are in lower case.
struct HttpHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};

  /// The first of that name; empty: none.
  std::string_view find(std::string_view name) const;
  bool is_redirect() const {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }
};

struct HttpAnswer {
  HttpHead head;
  std::string body;
  Url url;  ///< what answered, behind all redirects
};

/// Why a request came to nothing, and whether it is worth another try.
struct HttpFailure {
  Error error;
  bool is_transient = false;
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// "Retry-After": seconds or a date, from `now` (seconds since 1970). At most a day.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, int64_t now);

/// "bytes 0-99/1000": which bytes an answer holds. `total` is nothing for "*".
struct ContentRange {
  uint64_t begin = 0, end = 0;
  std::optional<uint64_t> total = {};
  bool operator==(const ContentRange&) const = default;
};
std::optional<ContentRange> parse_content_range(std::string_view value);

/// Bytes of the whole that "bytes */1000" tells, as an answer of 416 does.
std::optional<uint64_t> parse_unsatisfied_range(std::string_view value);

/// The failure that a status other than 2xx is: `what` names what was asked for.
HttpFailure status_failure(const HttpHead& head, std::string_view what);

}  // namespace hearth::transfer
