#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/quote/quote_options.h"
#include "grammar/quote_places.h"

namespace hearth::grammar {

/// White space runs as one space each, what QuoteOptions::fold_whitespace means. `text` is UTF-8.
std::string fold_whitespace(std::string_view text);

/// The texts of documents as quotes write them, one behind another, and where each byte of it stands in its
/// document. Immutable.
class QuotableText {
 public:
  /// What ends each document; no byte of UTF-8, and above all of them.
  static constexpr char kEnd = '\xff';
  struct Part {
    uint32_t begin, end;  ///< in bytes(); kEnd stands at `end`
  };

  /// `documents` are UTF-8, and below 4 GB together.
  QuotableText(std::span<const QuoteDocument* const> documents, const QuoteOptions& options);

  std::string_view bytes() const { return bytes_; }
  std::span<const Part> parts() const { return parts_; }
  /// Where the bytes from `begin` to `end`, which are of one document, stand in it.
  QuotePlace place_of(uint32_t begin, uint32_t end) const;
  size_t memory_size() const;

 private:
  /// A place from where bytes here and in the document go side by side, up to the next anchor.
  struct Anchor {
    uint32_t at;
    uint32_t source_byte, source_char;
  };
  struct Position {
    size_t byte, character;
  };

  void append(const QuoteDocument& document, const QuoteOptions& options);
  void append_folded(std::string_view text);
  Position position_of(uint32_t at) const;

  std::string bytes_;
  std::vector<Part> parts_;
  std::vector<Anchor> anchors_;
  std::vector<std::string> ids_;
};

}  // namespace hearth::grammar
