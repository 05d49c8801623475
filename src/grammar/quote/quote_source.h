#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/limits.h"
#include "grammar/quote/quotable_text.h"
#include "grammar/quote/quote_borders.h"
#include "grammar/quote/quote_options.h"
#include "grammar/quote/quote_trie.h"
#include "grammar/quote/suffix_index.h"
#include "grammar/quote_places.h"

namespace hearth::grammar {

/// Whether quotes may be taken from the documents: their size, and whether they are UTF-8.
Status check_quote_documents(std::span<const QuoteDocument* const> documents, const Limits& limits);

/// All quotes that may be taken from some documents: the verbatim substrings of each one (never across two)
/// that satisfy the options. An index of every place at which a quote starts, sorted by what follows.
/// Immutable, shared by threads.
class QuoteSource {
 public:
  /// Takes about 30 ms for a megabyte. Errors: kInvalidArgument for options that contradict each other, text
  /// that is no UTF-8, and documents with no quote; kResourceLimit above Limits::max_documents_size.
  static Result<std::shared_ptr<const QuoteSource>> create(std::span<const QuoteDocument* const> documents,
                                                           const QuoteOptions& options, const Limits& limits);

  QuoteSource(const QuoteSource&) = delete;
  QuoteSource& operator=(const QuoteSource&) = delete;

  /// Where a quote stands: the first `max_places`, and how many there are. None: it is no quote.
  QuotePlaces places(std::string_view quote, size_t max_places) const;
  const QuoteOptions& options() const { return options_; }
  /// A trie of the beginnings of quotes, for one thread, which must not outlive this.
  QuoteTrie make_trie() const { return QuoteTrie(trie_source(), &widest_); }
  size_t memory_size() const;

 private:
  QuoteSource(std::span<const QuoteDocument* const> documents, const QuoteOptions& options);
  QuoteTrie::Source trie_source() const { return {&index_, &borders_, options_.min_chars}; }

  QuoteOptions options_;
  QuotableText text_;
  QuoteBorders borders_;
  SuffixIndex index_;
  QuoteTrie widest_;
};

}  // namespace hearth::grammar
