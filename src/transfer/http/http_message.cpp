#include "transfer/http/http_message.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <curl/curl.h>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr int64_t kLongestWaitS = 86'400;

std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(size_t(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(mark.size());
  return true;
}

}  // namespace

std::string_view HttpHead::find(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, int64_t now) {
  std::string_view rest = value;
  int64_t seconds = 0;
  if (const auto number = take_number(rest); number && rest.empty()) {
    seconds = int64_t(std::min<uint64_t>(*number, kLongestWaitS));
  } else {
    const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date == -1) return std::nullopt;
    seconds = std::clamp<int64_t>(int64_t(date) - now, 0, kLongestWaitS);
  }
  return std::chrono::seconds(seconds);
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  if (!take(value, "bytes ")) return std::nullopt;
  const auto first = take_number(value);
  if (!first || !take(value, "-")) return std::nullopt;
  const auto last = take_number(value);
  if (!last || !take(value, "/") || *last < *first || *last == UINT64_MAX) return std::nullopt;
  ContentRange range{.begin = *first, .end = *last + 1};
  if (value == "*") return range;
  range.total = take_number(value);
  if (!range.total || !value.empty() || *range.total < range.end) return std::nullopt;
  return range;
}

std::optional<uint64_t> parse_unsatisfied_range(std::string_view value) {
  if (!take(value, "bytes */")) return std::nullopt;
  const auto total = take_number(value);
  return value.empty() ? total : std::nullopt;
}

HttpFailure status_failure(const HttpHead& head, std::string_view what) {
  HttpFailure failure;
  const int status = head.status;
  failure.error.message = fmt::format("{}: the server answers {}", what, status);
  if (status == 404 || status == 410) {
    failure.error.code = ErrorCode::kNotFound;
    failure.error.hint = "check the name";
  } else if (status == 401 || status == 403) {
    failure.error.code = ErrorCode::kInvalidArgument;
    failure.error.hint = "it takes an account that may have it: check the name, or sign in";
  } else if (status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505)) {
    failure.error.code = status == 429 || status == 503 ? ErrorCode::kOverloaded : ErrorCode::kIo;
    failure.error.hint = "try again later";
    failure.is_transient = true;
    failure.retry_after = parse_retry_after(head.find("retry-after"), int64_t(std::time(nullptr)));
  } else {
    failure.error.code = ErrorCode::kIo;
  }
  return failure;
}

}  // namespace hearth::transfer
