#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

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

}  // namespace hearth::grammar
