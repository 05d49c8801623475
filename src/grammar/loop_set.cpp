#include "grammar/loop_set.h"

#include <algorithm>

#include "grammar/code_point_set.h"

namespace hearth::grammar {

LoopSet LoopSet::json_text() {
  LoopSet set;
  for (size_t byte = 0x20; byte < 0x80; ++byte) set.ascii[byte] = byte != '"' && byte != '\\';
  set.beyond_ascii = true;
  return set;
}

bool LoopSet::touches(char32_t first, char32_t last) const {
  if (beyond == nullptr) return beyond_ascii;
  const auto& ranges = beyond->ranges();
  const auto range = std::ranges::lower_bound(ranges, first, {}, &CodePointRange::last);
  return range != ranges.end() && range->first <= last;
}

bool LoopSet::contains(const LoopSet& other) const {
  if ((other.ascii & ~ascii).any()) return false;
  if (!other.has_beyond() || beyond_ascii) return true;
  return beyond != nullptr && other.beyond != nullptr && other.beyond->without(*beyond).empty();
}

LoopSet LoopSet::intersected(const LoopSet& other) const {
  LoopSet both{ascii & other.ascii, beyond_ascii && other.beyond_ascii};
  if (both.beyond_ascii || !has_beyond() || !other.has_beyond()) return both;
  if (beyond == nullptr) both.beyond = other.beyond;
  if (other.beyond == nullptr) both.beyond = beyond;
  if (both.beyond != nullptr) return both;
  auto common = std::make_shared<const CodePointSet>(beyond->intersected(*other.beyond));
  if (!common->empty()) both.beyond = std::move(common);
  return both;
}

bool LoopSet::operator==(const LoopSet& other) const {
  if (ascii != other.ascii || beyond_ascii != other.beyond_ascii) return false;
  if (beyond == other.beyond) return true;
  return beyond != nullptr && other.beyond != nullptr && *beyond == *other.beyond;
}

}  // namespace hearth::grammar
