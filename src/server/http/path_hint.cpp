#include "server/http/path_hint.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"

namespace hearth::server {
namespace {

using Segments = std::vector<std::string>;

/// A route of this path that stands in the table as it is, but for an id at its end.
const Route* find_route(const Router& router, const Segments& segments) {
  for (const std::string_view method : {"POST", "GET"}) {
    if (const auto match = router.find(method, segments); match.route != nullptr) return match.route;
  }
  return nullptr;
}

std::string join(const Segments& segments) { return fmt::format("/{}", fmt::join(segments, "/")); }

struct Meant {
  std::string path;
  const Route* route;
};

/// The longest end of the path that is one of ours, with /v1 before it or without.
std::optional<Meant> find_meant(const Router& router, const Target& target) {
  Segments segments;
  std::ranges::copy_if(target.segments, std::back_inserter(segments),
                       [](const std::string& segment) { return !segment.empty(); });
  constexpr size_t kMaxSegments = 16;
  if (segments.empty() || segments.size() > kMaxSegments) return std::nullopt;
  for (size_t i = 0; i < segments.size(); ++i) {
    Segments path(segments.begin() + std::ptrdiff_t(i), segments.end());
    if (const Route* route = find_route(router, path)) return Meant{join(path), route};
    path.insert(path.begin(), "v1");
    if (const Route* route = find_route(router, path)) return Meant{join(path), route};
  }
  return std::nullopt;
}

/// What a client must be told for it to find the path.
std::string_view remedy(const Meant& meant) {
  if (meant.route->dialect() == Dialect::kAnthropic) {
    return "the base URL of Anthropic's clients ends behind the port, they add /v1/messages themselves";
  }
  if (meant.path.starts_with("/v1/")) return "the base URL of OpenAI's clients ends in /v1, once";
  return "this path begins behind the port";
}

}  // namespace

PathHint path_hint(const Router& router, const Target& target) {
  const std::string path = quoted(target.path, 100);
  if (const auto meant = find_meant(router, target)) {
    return {fmt::format("there is nothing at {}; what is meant is probably {} ({})", path,
                        quoted(meant->path, 100), remedy(*meant)),
            meant->route->dialect()};
  }
  if (!target.segments.empty() && target.segments[0] == "api") {
    return {fmt::format("there is nothing at {}: Ollama's own API is not served (use OpenAI's, under /v1)",
                        path)};
  }
  const bool is_anthropic = std::ranges::find(target.segments, "messages") != target.segments.end();
  return {fmt::format("there is nothing at {} (GET /docs lists the paths that there are)", path),
          is_anthropic ? Dialect::kAnthropic : Dialect::kOpenAi};
}

}  // namespace hearth::server
