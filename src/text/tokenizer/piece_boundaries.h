#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "text/unicode/utf8.h"

namespace hearth {

/// Where text may be cut before merging, without changing what merging makes of it: between two characters
/// that stand side by side in no token. Characters are told apart by the last byte of one and the first byte
/// of the next, which cuts less than one could, never more.
class PieceBoundaries {
 public:
  /// Takes note of a token that merging can make.
  void add(std::string_view token) {
    for (size_t at = 0; at < token.size();) {
      at += next_utf8(token.substr(at)).size;
      if (at < token.size()) joined_.set(key(token[at - 1], token[at]));
    }
  }

  /// Where the part of `text` that starts at `begin` ends.
  size_t end_of_part(std::string_view text, size_t begin) const {
    size_t at = begin + next_utf8(text.substr(begin)).size;
    while (at < text.size() && joined_[key(text[at - 1], text[at])]) at += next_utf8(text.substr(at)).size;
    return at;
  }

 private:
  static size_t key(char last, char first) { return size_t(uint8_t(last)) << 8 | uint8_t(first); }

  std::bitset<65536> joined_;
};

}  // namespace hearth
