#include "cli/server_values.h"

#include <algorithm>

#include "server/access/host_policy.h"
#include "server/observe/otlp_exporter.h"

namespace hearth::cli {
namespace {

std::string as_it_is(const std::string& value) { return value; }

std::unexpected<Error> wrong(std::string_view value, std::string_view what, std::string hint) {
  return fail_hint(ErrorCode::kInvalidArgument, std::move(hint), "{} {}", quoted(value), what);
}

bool is_scheme(std::string_view text) {
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

/// As a browser writes it in its Origin header, which is compared byte by byte.
bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const size_t end = text.find("://");
  if (end == std::string_view::npos || !is_scheme(text.substr(0, end))) return false;
  const std::string_view authority = text.substr(end + 3);
  const bool is_lower = std::ranges::none_of(authority, [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_lower && server::parse_authority(authority).has_value();
}

}  // namespace

ValueKind<std::string> listen_address() {
  const auto parse = [](std::string_view value) -> Result<std::string> {
    if (value.empty()) return wrong(value, "is no address", "give one such as 127.0.0.1, or 0.0.0.0 for all");
    if (value.starts_with('[')) return wrong(value, "is no address", "leave the brackets out");
    return std::string(value);
  };
  return {"ADDRESS", "", parse, as_it_is};
}

ValueKind<std::string> host_name() {
  const auto parse = [](std::string_view value) -> Result<std::string> {
    if (server::is_address(value) || server::parse_authority(value)) return std::string(value);
    return wrong(value, "is no name of a host",
                 "name each host, as example.org: there is no pattern for all");
  };
  return {"HOST", "", parse, as_it_is};
}

ValueKind<std::string> web_origin() {
  const auto parse = [](std::string_view value) -> Result<std::string> {
    if (is_origin(value)) return std::string(value);
    return wrong(value, "is no origin of web pages",
                 "write it as https://example.org: in small letters, without a path; * is any");
  };
  return {"ORIGIN", "", parse, as_it_is};
}

ValueKind<std::string> collector_url() {
  const auto parse = [](std::string_view value) -> Result<std::string> {
    if (value.empty() || server::is_collector_url(std::string(value))) return std::string(value);
    return wrong(value, "is no URL of a collector", "write it as http://localhost:4318");
  };
  return {"URL", "", parse, as_it_is};
}

}  // namespace hearth::cli
