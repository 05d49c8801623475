#include "server/http/router.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/check.h"

namespace hearth::server {
namespace {

bool is_parameter(std::string_view part) { return part.starts_with('{'); }
bool is_rest(std::string_view part) { return part.ends_with("...}"); }

std::vector<std::string> split(std::string_view path) {
  CHECK(path.starts_with('/'));
  std::vector<std::string> parts;
  size_t begin = 1;
  while (true) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.emplace_back(path.substr(begin, end - begin));
    if (end == path.size()) return parts;
    begin = end + 1;
  }
}

std::optional<std::map<std::string, std::string>> match(const std::vector<std::string>& parts,
                                                        const std::vector<std::string>& segments) {
  std::map<std::string, std::string> parameters;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i >= segments.size()) return std::nullopt;
    const std::string_view part = parts[i];
    if (is_rest(part)) {
      std::string rest = segments[i];
      for (size_t j = i + 1; j < segments.size(); ++j) rest += '/' + segments[j];
      if (rest.empty()) return std::nullopt;
      parameters.emplace(part.substr(1, part.size() - 5), std::move(rest));
      return parameters;
    }
    if (is_parameter(part)) {
      if (segments[i].empty()) return std::nullopt;
      parameters.emplace(part.substr(1, part.size() - 2), segments[i]);
    } else if (part != segments[i]) {
      return std::nullopt;
    }
  }
  if (parts.size() != segments.size()) return std::nullopt;
  return parameters;
}

/// The dialect that a request must be marked by for this route, where another has the path too. Null: any.
const api::Dialect* marking_dialect(const Route& route) {
  const bool marks = route.dialect() != nullptr && !route.dialect()->marker_header.empty();
  return marks ? route.dialect() : nullptr;
}

}  // namespace

Router::SortKey Router::sort_key(const std::vector<std::string>& parts) {
  SortKey key;
  for (const std::string& part : parts) {
    if (is_rest(part)) {
      key.emplace_back(2, "");
    } else if (is_parameter(part)) {
      key.emplace_back(1, "");
    } else {
      key.emplace_back(0, part);
    }
  }
  return key;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::set<std::tuple<std::string_view, const api::Dialect*, SortKey>> known;
  for (size_t i = 0; i < routes_.size(); ++i) {
    std::vector<std::string> parts = split(routes_[i].path());
    SortKey key = sort_key(parts);
    CHECK(known.emplace(routes_[i].method(), marking_dialect(routes_[i]), key).second);
    patterns_.push_back({i, std::move(parts), std::move(key)});
  }
  std::ranges::sort(patterns_, {}, [this](const Pattern& pattern) {
    return std::tuple(pattern.key, marking_dialect(routes_[pattern.route]) != nullptr, pattern.route);
  });
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& segments,
                           const api::Dialect* marked) const {
  if (method == "HEAD") method = "GET";
  Match found;
  const SortKey* found_key = nullptr;
  std::set<std::string_view> methods;
  for (const Pattern& pattern : patterns_) {
    auto parameters = match(pattern.parts, segments);
    if (!parameters) continue;
    const Route& route = routes_[pattern.route];
    if (methods.empty()) found.dialect = route.dialect();
    methods.insert(route.method());
    if (route.method() == "GET") methods.insert("HEAD");
    if (route.method() != method) continue;
    const bool is_better =
        marked != nullptr && route.dialect() == marked && found_key != nullptr && *found_key == pattern.key;
    if (found.route != nullptr && !is_better) continue;
    found.route = &route;
    found.dialect = route.dialect();
    found.parameters = std::move(*parameters);
    found_key = &pattern.key;
  }
  if (!methods.empty()) methods.insert("OPTIONS");
  for (const std::string_view name : methods) {
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += name;
  }
  return found;
}

}  // namespace hearth::server
