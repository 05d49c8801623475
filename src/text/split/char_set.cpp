#include "text/split/char_set.h"

#include <algorithm>

#include "base/check.h"
#include "text/unicode/reference_categories.h"

namespace hearth {

void CharSet::add_range(uint32_t first, uint32_t last) { ranges_.emplace_back(first, last); }

void CharSet::add(const CharSet& other) {
  if (other.complemented_) {
    CHECK(is_empty());
    *this = other;
    return;
  }
  categories_ |= other.categories_;
  white_space_ |= other.white_space_;
  han_ |= other.han_;
  punctuation_ |= other.punctuation_;
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
}

void CharSet::finish() {
  std::ranges::sort(ranges_);
  ascii_ = {};
  for (uint32_t code_point = 0; code_point < 128; ++code_point) {
    if (contains_slow(code_point)) ascii_[code_point >> 6] |= uint64_t(1) << (code_point & 63);
  }
}

bool CharSet::contains_slow(uint32_t code_point) const {
  const UnicodeProperties properties = unicode_properties(code_point);
  bool found = categories_ >> uint32_t(properties.category()) & 1;
  found = found || (white_space_ && properties.is_white_space()) || (han_ && properties.is_han());
  found = found || (punctuation_ && is_reference_punctuation(code_point));
  for (size_t i = 0; !found && i < ranges_.size() && ranges_[i].first <= code_point; ++i) {
    found = code_point <= ranges_[i].second;
  }
  return found != complemented_;
}

}  // namespace hearth
