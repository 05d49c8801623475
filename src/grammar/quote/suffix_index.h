#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "grammar/quote/quotable_text.h"
#include "grammar/quote/quote_borders.h"

namespace hearth::grammar {

/// The places at which quotes start, sorted by the bytes that follow: those that go on alike are side by
/// side. By a suffix array (Manber and Myers, 1990). Immutable.
class SuffixIndex {
 public:
  /// Some of the sorted starts: all that share their first bytes.
  struct Range {
    uint32_t begin = 0, end = 0;
    uint32_t size() const { return end - begin; }
  };

  SuffixIndex(const QuotableText& text, QuoteBorders& borders);

  Range all() const { return {0, uint32_t(starts_.size())}; }
  uint32_t start(uint32_t i) const { return starts_[i]; }
  uint8_t byte_at(uint32_t i, uint32_t depth) const { return uint8_t(text_[starts_[i] + depth]); }
  std::string_view text_from(uint32_t i, uint32_t depth) const { return text_.substr(starts_[i] + depth); }
  /// Of a range that shares `depth` bytes, the end of those that share `size` more with the first.
  uint32_t end_of_alike(Range range, uint32_t depth, uint32_t size) const;
  /// The starts of this text.
  Range find(std::string_view text) const;
  /// Whether a quote from one of them may have `size` bytes or more.
  bool reaches(Range range, uint32_t size) const;
  /// How long quotes from there may be.
  uint32_t reach(uint32_t i) const { return reach_.empty() ? UINT32_MAX : reach_[i]; }
  size_t memory_size() const;

 private:
  static constexpr uint32_t kBlock = 256;

  std::string_view text_;
  std::vector<uint32_t> starts_;
  std::vector<uint32_t> reach_;      ///< by sorted start; empty: no limit
  std::vector<uint32_t> block_max_;  ///< of reach_, each kBlock
};

}  // namespace hearth::grammar
