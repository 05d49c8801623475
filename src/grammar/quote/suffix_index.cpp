#include "grammar/quote/suffix_index.h"

#include <algorithm>

#include <divsufsort.h>

#include "base/check.h"

namespace hearth::grammar {

SuffixIndex::SuffixIndex(const QuotableText& text, QuoteBorders& borders)
    : text_(text.bytes()), starts_(text.bytes().size()) {
  static_assert(sizeof(saidx_t) == sizeof(uint32_t));
  if (!starts_.empty()) {
    CHECK(divsufsort(reinterpret_cast<const sauchar_t*>(text_.data()),
                     reinterpret_cast<saidx_t*>(starts_.data()), saidx_t(starts_.size())) == 0);
  }
  std::erase_if(starts_, [&](uint32_t at) { return !borders.starts_quote(at); });
  starts_.shrink_to_fit();
  borders.release_starts();
  if (borders.reach().empty()) return;
  reach_.reserve(starts_.size());
  for (const uint32_t at : starts_) reach_.push_back(borders.reach()[at]);
  borders.release_reach();
  for (size_t i = 0; i < reach_.size(); i += kBlock) {
    const auto first = reach_.begin() + ptrdiff_t(i);
    block_max_.push_back(
        *std::max_element(first, first + ptrdiff_t(std::min<size_t>(kBlock, reach_.size() - i))));
  }
}

uint32_t SuffixIndex::end_of_alike(Range range, uint32_t depth, uint32_t size) const {
  const std::string_view first = text_.substr(starts_[range.begin] + depth, size);
  const auto alike = [&](uint32_t i) {
    return size == 1 ? text_[starts_[i] + depth] == first[0]
                     : text_.substr(starts_[i] + depth, size) == first;
  };
  if (alike(range.end - 1)) return range.end;
  // Steps that double, then halves: short groups of a wide range are common.
  uint32_t low = range.begin, step = 1;
  while (low + step < range.end && alike(low + step)) {
    low += step;
    step *= 2;
  }
  uint32_t high = std::min(low + step, range.end - 1);
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    (alike(middle) ? low : high) = middle;
  }
  return high;
}

SuffixIndex::Range SuffixIndex::find(std::string_view text) const {
  const auto head = [&](uint32_t at) { return text_.substr(at, text.size()); };
  const auto found = std::ranges::equal_range(starts_, text, {}, head);
  return {uint32_t(found.begin() - starts_.begin()), uint32_t(found.end() - starts_.begin())};
}

bool SuffixIndex::reaches(Range range, uint32_t size) const {
  if (reach_.empty()) return range.size() > 0;
  for (uint32_t i = range.begin; i < range.end;) {
    if (i % kBlock == 0 && range.end - i >= kBlock && block_max_[i / kBlock] < size) {
      i += kBlock;
    } else if (reach_[i] >= size) {
      return true;
    } else {
      ++i;
    }
  }
  return false;
}

size_t SuffixIndex::memory_size() const {
  return (starts_.capacity() + reach_.capacity() + block_max_.capacity()) * sizeof(uint32_t);
}

}  // namespace hearth::grammar
