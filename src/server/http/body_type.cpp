#include "server/http/body_type.h"

#include <algorithm>
#include <string>

#include "base/printable.h"

namespace hearth::server {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const size_t end = text.find_last_not_of(kBlanks);
  return end == text.npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

/// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(std::string_view value) { return lower(trim(value.substr(0, value.find(';')))); }

bool may_be_json(const std::string& type) {
  return type.empty() || type == "*/*" || type == "application/json" || type.ends_with("+json") ||
         type.starts_with("text/") || type == "application/x-www-form-urlencoded" ||
         type == "application/octet-stream";
}

}  // namespace

std::expected<void, api::ApiError> check_body_type(const HttpHead& head) {
  if (!head.has_body()) return {};
  if (const auto encoding = head.header("content-encoding")) {
    const std::string name = lower(trim(*encoding));
    if (!name.empty() && name != "identity") {
      return std::unexpected(api::ApiError{
          .status = 415,
          .code = "unsupported_content_encoding",
          .message = fmt::format("the content encoding {} is not supported (send the JSON uncompressed)",
                                 quoted(name, 40)),
          .headers = {{"Accept-Encoding", "identity"}}});
    }
  }
  const auto type = head.header("content-type");
  if (type && !may_be_json(media_type(*type))) {
    return std::unexpected(api::ApiError{
        .status = 415,
        .code = "unsupported_media_type",
        .message =
            fmt::format("the content type {} is not supported (send JSON, as Content-Type: application/json)",
                        quoted(media_type(*type), 80)),
        .headers = {{"Accept", "application/json"}}});
  }
  return {};
}

}  // namespace hearth::server
