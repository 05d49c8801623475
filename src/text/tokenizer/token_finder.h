#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// Finds tokens that stand for themselves in a text, before it is split and merged: control tokens and those
/// that the maker of a vocabulary defined. The vocabulary must outlive it. Immutable, safe to share between
/// threads. Memory is a few bytes a token, whatever their length.
class TokenFinder {
 public:
  /// Which tokens may be found where.
  enum class Allow : uint8_t {
    kAll,
    kText,     ///< those that are text, as the file has it (user-defined)
    kContent,  ///< of these, none whose spelling looks like markup that steers a model (<think>,
               ///< [TOOL_CALLS])
  };

  struct Found {
    size_t begin, size;
    TokenId id;  ///< -1: nothing was found, `begin` is the end of the text
  };

  /// For SentencePiece vocabularies the texts to search, and so the tokens here, have their spaces escaped.
  /// Error: kCorruptData for a control or user-defined token above 4096 bytes.
  static Result<TokenFinder> create(const Vocab& vocab);

  /// The leftmost token at or after `from`, the longest of those that start there, among those for which
  /// `accept(strictest, begin, size)` holds; `strictest` is the strictest rule that allows the token.
  template <typename Accept>
  Found find(std::string_view text, size_t from, Accept accept) const {
    for (size_t at = from; at < text.size(); ++at) {
      if (!starts_[start_key(text.substr(at))]) continue;
      for (const Entry* entry = longest(text.substr(at)); entry != nullptr; entry = parent(*entry)) {
        if (accept(entry->strictest, at, entry->text.size())) return {at, entry->text.size(), entry->id};
      }
    }
    return {text.size(), 0, -1};
  }

 private:
  struct Entry {
    std::string_view text;
    TokenId id;
    int32_t parent;   ///< the longest entry that is a proper prefix, -1 if there is none
    Allow strictest;  ///< the strictest rule under which it may be found
  };

  /// The first two bytes; one byte alone stands for all that start with it.
  static size_t start_key(std::string_view text) {
    return size_t(uint8_t(text[0])) << 8 | (text.size() > 1 ? uint8_t(text[1]) : 0);
  }
  const Entry* longest(std::string_view text) const;
  const Entry* parent(const Entry& entry) const {
    return entry.parent < 0 ? nullptr : &entries_[size_t(entry.parent)];
  }

  std::deque<std::string> escaped_;  ///< spellings that differ from the vocabulary's
  std::vector<Entry> entries_;       ///< sorted by text
  std::bitset<65536> starts_;
};

}  // namespace hearth
