#include "api/call/dialect_table.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::api {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (path.starts_with('/') && path.size() > 1) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

DialectTable::DialectTable(std::vector<const Dialect*> dialects) : dialects_(std::move(dialects)) {
  for (const Dialect* dialect : dialects_) {
    for (const std::string_view path : dialect->paths) paths_.push_back({split_path(path), dialect});
  }
  std::ranges::sort(paths_, [](const OwnPath& a, const OwnPath& b) {
    return std::pair(b.segments.size(), a.segments) < std::pair(a.segments.size(), b.segments);
  });
  CHECK(std::ranges::adjacent_find(paths_, {}, &OwnPath::segments) == paths_.end());
  CHECK(!paths_.empty() && paths_.back().segments.empty());
}

const Dialect& DialectTable::of_path(std::span<const std::string> segments) const {
  for (const OwnPath& path : paths_) {
    if (segments.size() < path.segments.size()) continue;
    if (std::ranges::equal(segments.first(path.segments.size()), path.segments)) return *path.dialect;
  }
  return *paths_.back().dialect;
}

const Dialect* DialectTable::marked_by(
    const std::function<std::optional<std::string_view>(std::string_view name)>& header) const {
  for (const Dialect* dialect : dialects_) {
    if (!dialect->marker_header.empty() && header(dialect->marker_header)) return dialect;
  }
  return nullptr;
}

std::vector<std::string_view> DialectTable::each_once(std::string_view Dialect::* member) const {
  std::vector<std::string_view> found;
  for (const Dialect* dialect : dialects_) {
    const std::string_view value = dialect->*member;
    if (!value.empty() && std::ranges::find(found, value) == found.end()) found.push_back(value);
  }
  return found;
}

}  // namespace hearth::api
