#include "engine/sample/token_mask.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace hearth {

void TokenMask::clear() { std::ranges::fill(words_, 0); }

size_t TokenMask::count() const {
  size_t count = 0;
  for (const uint64_t word : words_) count += size_t(std::popcount(word));
  return count;
}

void TokenMask::allow(const TokenMask& other) {
  for (size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) words_[i] |= other.words_[i];
  if (vocab_size_ % 64 != 0) words_.back() &= (uint64_t(1) << vocab_size_ % 64) - 1;
}

void TokenMask::intersect(const TokenMask& other) {
  CHECK(other.vocab_size_ == vocab_size_);
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void TokenMask::apply(std::span<float> logits) const {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  CHECK(logits.size() == vocab_size_);
  for (size_t i = 0; i < words_.size(); ++i) {
    const uint64_t word = words_[i];
    if (word == ~uint64_t(0)) continue;
    const auto row = logits.subspan(i * 64, std::min<size_t>(64, logits.size() - i * 64));
    if (word == 0) {
      std::ranges::fill(row, kNothing);
      continue;
    }
    for (size_t bit = 0; bit < row.size(); ++bit) {
      if ((word >> bit & 1) == 0) row[bit] = kNothing;
    }
  }
}

}  // namespace hearth
