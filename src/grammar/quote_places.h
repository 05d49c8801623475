#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hearth::grammar {

/// Where a quote stands in a document: half-open, in bytes and in code points of the document's own text.
struct QuotePlace {
  std::string document;  ///< its id
  size_t byte_begin = 0, byte_end = 0;
  size_t char_begin = 0, char_end = 0;

  bool operator==(const QuotePlace&) const = default;
};

struct QuotePlaces {
  size_t total = 0;
  /// The first of them, in the order of the documents.
  std::vector<QuotePlace> places;
};

/// A string of a finished text that a grammar says is a quote.
struct QuotedString {
  std::string pointer;  ///< which one: a JSON pointer; empty where the whole text is the quote
  QuotePlaces found;
};

}  // namespace hearth::grammar
