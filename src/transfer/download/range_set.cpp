#include "transfer/download/range_set.h"

#include <algorithm>
#include <iterator>

namespace hearth::transfer {

void RangeSet::add(uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  auto next = ranges_.upper_bound(begin);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= begin) {
      begin = before->first;
      end = std::max(end, before->second);
      next = before;
    }
  }
  while (next != ranges_.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, begin, end);
}

uint64_t RangeSet::prefix_end() const {
  return ranges_.empty() || ranges_.begin()->first != 0 ? 0 : ranges_.begin()->second;
}

std::vector<std::pair<uint64_t, uint64_t>> RangeSet::gaps(uint64_t total) const {
  std::vector<std::pair<uint64_t, uint64_t>> found;
  uint64_t at = 0;
  for (const auto& [begin, end] : ranges_) {
    if (begin > at) found.emplace_back(at, std::min(begin, total));
    at = std::max(at, end);
    if (at >= total) return found;
  }
  if (at < total) found.emplace_back(at, total);
  return found;
}

uint64_t RangeSet::size() const {
  uint64_t sum = 0;
  for (const auto& [begin, end] : ranges_) sum += end - begin;
  return sum;
}

}  // namespace hearth::transfer
