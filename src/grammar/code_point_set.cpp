#include "grammar/code_point_set.h"

#include <algorithm>

namespace hearth::grammar {
namespace {

std::vector<CodePointRange> normalized(std::vector<CodePointRange> ranges) {
  std::ranges::sort(ranges);
  std::vector<CodePointRange> joined;
  for (const CodePointRange& range : ranges) {
    if (range.first > range.last) continue;
    if (!joined.empty() && range.first <= joined.back().last + 1)
      joined.back().last = std::max(joined.back().last, range.last);
    else
      joined.push_back(range);
  }
  return joined;
}

/// Both sorted and without overlaps.
std::vector<CodePointRange> intersection(const std::vector<CodePointRange>& a,
                                         const std::vector<CodePointRange>& b) {
  std::vector<CodePointRange> common;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const CodePointRange range{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (range.first <= range.last) common.push_back(range);
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return common;
}

const std::vector<CodePointRange> kScalarValues{{0, kFirstSurrogate - 1},
                                                {kLastSurrogate + 1, kMaxCodePoint}};

}  // namespace

CodePointSet::CodePointSet(std::vector<CodePointRange> ranges)
    : ranges_(intersection(normalized(std::move(ranges)), kScalarValues)) {}

CodePointSet::CodePointSet(std::initializer_list<CodePointRange> ranges)
    : CodePointSet(std::vector(ranges)) {}

const CodePointSet& CodePointSet::all() {
  static const CodePointSet kSet{{0, kMaxCodePoint}};
  return kSet;
}

bool CodePointSet::contains(char32_t code_point) const {
  const auto range = std::ranges::lower_bound(ranges_, code_point, {}, &CodePointRange::last);
  return range != ranges_.end() && range->first <= code_point;
}

uint32_t CodePointSet::size() const {
  uint32_t size = 0;
  for (const CodePointRange& range : ranges_) size += range.last - range.first + 1;
  return size;
}

CodePointSet CodePointSet::complement() const {
  std::vector<CodePointRange> gaps;
  char32_t next = 0;
  for (const CodePointRange& range : ranges_) {
    if (range.first > next) gaps.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kMaxCodePoint) gaps.push_back({next, kMaxCodePoint});
  return CodePointSet(std::move(gaps));
}

CodePointSet CodePointSet::united(const CodePointSet& other) const {
  std::vector<CodePointRange> both = ranges_;
  both.insert(both.end(), other.ranges_.begin(), other.ranges_.end());
  return CodePointSet(std::move(both));
}

CodePointSet CodePointSet::intersected(const CodePointSet& other) const {
  CodePointSet common;
  common.ranges_ = intersection(ranges_, other.ranges_);
  return common;
}

CodePointSet CodePointSet::without(const CodePointSet& other) const {
  return intersected(other.complement());
}

}  // namespace hearth::grammar
