#include "server/http/router.h"

#include <algorithm>
#include <optional>
#include <set>

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

/// Sorts literals before parameters, and those before the rest of a path.
std::vector<std::pair<int, std::string>> sort_key(const std::vector<std::string>& parts) {
  std::vector<std::pair<int, std::string>> key;
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

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::set<std::pair<std::string_view, std::vector<std::pair<int, std::string>>>> known;
  for (size_t i = 0; i < routes_.size(); ++i) {
    patterns_.push_back({i, split(routes_[i].path())});
    CHECK(known.emplace(routes_[i].method(), sort_key(patterns_.back().parts)).second);
  }
  std::ranges::sort(patterns_, [](const Pattern& a, const Pattern& b) {
    return std::pair(sort_key(a.parts), a.route) < std::pair(sort_key(b.parts), b.route);
  });
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& segments) const {
  if (method == "HEAD") method = "GET";
  Match found;
  std::set<std::string_view> methods;
  for (const Pattern& pattern : patterns_) {
    auto parameters = match(pattern.parts, segments);
    if (!parameters) continue;
    const Route& route = routes_[pattern.route];
    if (methods.empty()) found.dialect = route.dialect();
    methods.insert(route.method());
    if (route.method() == "GET") methods.insert("HEAD");
    if (route.method() != method || found.route != nullptr) continue;
    found.route = &route;
    found.dialect = route.dialect();
    found.parameters = std::move(*parameters);
  }
  if (methods.empty() && !segments.empty() && segments[0] == "v1" && segments.size() > 1 &&
      segments[1] == "messages") {
    found.dialect = Dialect::kAnthropic;
  }
  if (!methods.empty()) methods.insert("OPTIONS");
  for (const std::string_view name : methods) {
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += name;
  }
  return found;
}

}  // namespace hearth::server
