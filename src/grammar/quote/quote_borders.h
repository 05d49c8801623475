#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "grammar/quote/bit_vector.h"
#include "grammar/quote/quotable_text.h"

namespace hearth::grammar {

/// Where in a text quotes may start and end. Immutable.
class QuoteBorders {
 public:
  QuoteBorders(const QuotableText& text, const QuoteOptions& options);

  /// Whether a quote that starts elsewhere may end before the byte `at`, a border of code points.
  bool may_end(uint32_t at) const { return by_words_ ? ends_[at] : true; }
  bool by_words() const { return by_words_; }
  /// Whether some quote starts here: one that is neither too short nor too long fits the document.
  bool starts_quote(uint32_t at) const { return starts_[at]; }
  size_t num_starts() const { return num_starts_; }
  /// By position, how many bytes the longest quote from there has. Empty where lengths are not limited: then
  /// all quotes may go on to the end of their document. For whoever sorts the starts; see release_reach().
  const std::vector<uint32_t>& reach() const { return reach_; }
  void release_reach() { reach_ = {}; }
  size_t memory_size() const { return ends_.memory_size(); }
  void release_starts() { starts_ = BitVector(); }

 private:
  struct Cursor;

  void find_words(std::string_view bytes, QuotableText::Part part);
  void find_starts(std::string_view bytes, QuotableText::Part part, uint64_t min_chars, uint64_t max_chars);

  bool by_words_;
  BitVector starts_, ends_;
  std::vector<uint32_t> reach_;
  size_t num_starts_ = 0;
};

}  // namespace hearth::grammar
