#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hearth::grammar {

/// What quotes are taken from.
struct QuoteDocument {
  std::string id;
  std::string text;  ///< UTF-8
};

/// Where quotes may start and end.
enum class QuoteBoundary : uint8_t {
  kNone,  ///< at any code point
  kWord,  ///< not within a word or a number, and not at white space
};

struct QuoteOptions {
  uint64_t min_chars = 1, max_chars = UINT64_MAX;  ///< code points, of the quote as it is written
  QuoteBoundary boundary = QuoteBoundary::kNone;
  /// Each run of white space in a document counts as one space, which is how the quote writes it.
  bool fold_whitespace = false;

  bool operator==(const QuoteOptions&) const = default;
};

/// Where a quote stands in a document: half-open, in bytes and in code points of the document's own text.
struct QuotePlace {
  std::string document;
  size_t byte_begin = 0, byte_end = 0;
  size_t char_begin = 0, char_end = 0;

  bool operator==(const QuotePlace&) const = default;
};

struct QuotePlaces {
  size_t total = 0;
  /// The first of them, in the order of the documents.
  std::vector<QuotePlace> places;
};

}  // namespace hearth::grammar
