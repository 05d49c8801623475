#include "transfer/download/location.h"

#include <charconv>

namespace hearth::transfer {
namespace {

std::optional<uint64_t> parse_length(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Location> locate(HttpClient& client, const Url& url, const std::string& authorization,
                        const Refused& refused) {
  HttpAnswer answer = TRY(client.send(
      {.url = url, .headers = {"Range: bytes=0-0"}, .authorization = authorization, .head_only = true}));
  Location location{.url = answer.url, .head = answer.head};
  if (answer.url.origin() == url.origin()) location.authorization = authorization;
  const std::string_view etag = answer.head.find("etag");
  if (etag.starts_with('"')) location.etag = etag;
  if (answer.head.status == 206) {
    const auto range = parse_content_range(answer.head.find("content-range"));
    if (!range || range->begin != 0) {
      return fail(ErrorCode::kCorruptData, "{}: the server answers with another part than was asked for",
                  url.shown());
    }
    location.num_bytes = range->total;
    location.has_ranges = true;
  } else if (answer.head.status == 200) {
    location.num_bytes = parse_length(answer.head.find("content-length"));
  } else if (answer.head.status == 416) {
    location.num_bytes = parse_unsatisfied_range(answer.head.find("content-range"));
  } else {
    return std::unexpected(refused(answer));
  }
  return location;
}

}  // namespace hearth::transfer
