#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "text/unicode/unicode_data.h"

namespace hearth {

/// A set of code points as a regular expression's class names it: ranges, general categories, white space.
/// A byte that is no UTF-8 (Utf8Step::kBadByte) is in the complements only.
class CharSet {
 public:
  void add_range(uint32_t first, uint32_t last);
  void add_categories(uint32_t mask) { categories_ |= mask; }
  void add_white_space() { white_space_ = true; }
  void add_han() { han_ = true; }
  void add_reference_punctuation() { punctuation_ = true; }
  /// Adds all that `other` holds; a complement only to an empty set.
  void add(const CharSet& other);
  void complement() { complemented_ = !complemented_; }

  bool is_complement() const { return complemented_; }
  bool is_empty() const {
    return categories_ == 0 && !white_space_ && !han_ && !punctuation_ && ranges_.empty() && !complemented_;
  }
  /// The one code point of a set that was given just that.
  std::optional<uint32_t> single() const {
    const bool one = ranges_.size() == 1 && ranges_[0].first == ranges_[0].second;
    if (!one || categories_ != 0 || white_space_ || han_ || punctuation_ || complemented_)
      return std::nullopt;
    return ranges_[0].first;
  }

  /// To be called once after the last change, before contains().
  void finish();

  bool contains(uint32_t code_point) const {
    if (code_point < 128) return ascii_[code_point >> 6] >> (code_point & 63) & 1;
    return contains_slow(code_point);
  }

  /// Whether a code point whose UTF-8 starts with `byte`, or the bad byte itself, may be in the set.
  bool may_start_with(uint8_t byte) const { return byte >= 128 || contains(byte); }

 private:
  bool contains_slow(uint32_t code_point) const;

  std::array<uint64_t, 2> ascii_ = {};
  uint32_t categories_ = 0;
  bool white_space_ = false;
  bool han_ = false;
  bool punctuation_ = false;
  bool complemented_ = false;
  std::vector<std::pair<uint32_t, uint32_t>> ranges_;
};

}  // namespace hearth
