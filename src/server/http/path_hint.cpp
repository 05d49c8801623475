#include "server/http/path_hint.h"

#include <algorithm>
#include <set>
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

/// The ends of the path, the longest first, each as it stands and below the dialects' base paths: "/models",
/// "/v1/models".
std::vector<Segments> readings(const api::DialectTable& dialects, const Target& target) {
  Segments segments;
  std::ranges::copy_if(target.segments, std::back_inserter(segments),
                       [](const std::string& segment) { return !segment.empty(); });
  constexpr size_t kMaxSegments = 16;
  std::vector<Segments> all;
  if (segments.size() > kMaxSegments) return all;
  std::set<Segments> bases = {{}};
  for (const api::Dialect* dialect : dialects.all()) bases.insert(api::split_path(dialect->base_path));
  for (size_t i = 0; i < segments.size(); ++i) {
    for (const Segments& base : bases) {
      Segments& path = all.emplace_back(base);
      path.insert(path.end(), segments.begin() + std::ptrdiff_t(i), segments.end());
    }
  }
  return all;
}

/// What a client must be told for it to find the path.
std::string_view base_url_hint(const std::string& path, const api::Dialect& dialect) {
  const bool has_base = path.starts_with(dialect.base_path) && path[dialect.base_path.size()] == '/';
  if (has_base && !dialect.base_url_hint.empty()) return dialect.base_url_hint;
  return "this path follows the port directly";
}

}  // namespace

PathHint path_hint(const Router& router, const api::DialectTable& dialects, const Target& target) {
  const std::string path = quoted(target.path, 100);
  const std::vector<Segments> all = readings(dialects, target);
  for (const Segments& segments : all) {
    const Route* route = find_route(router, segments);
    if (route == nullptr) continue;
    const std::string meant = join(segments);
    const api::Dialect& dialect =
        route->dialect() == nullptr ? dialects.of_path(segments) : *route->dialect();
    return {fmt::format("there is nothing at {}; what is meant is probably {} ({})", path, quoted(meant, 100),
                        base_url_hint(meant, dialect)),
            &dialect};
  }
  const api::Dialect* dialect = &dialects.of_path(target.segments);
  for (const Segments& segments : all) {
    if (dialect != &dialects.of_path({})) break;
    dialect = &dialects.of_path(segments);
  }
  return {fmt::format("there is nothing at {} ({})", path, dialect->no_path_hint), dialect};
}

}  // namespace hearth::server
