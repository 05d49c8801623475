#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/tokenizer_spec.h"

namespace hearth {

/// Finds tokens that stand for themselves in a text, before it is split and merged: control tokens and those
/// that the maker of a vocabulary defined. Immutable, safe to share between threads. Memory is a few bytes a
/// token beside their spellings.
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

  /// Tokens without a spelling are left out. Error: kCorruptData for one above 4096 bytes.
  static Result<TokenFinder> create(std::vector<AddedToken> tokens);

  bool is_empty() const { return entries_.empty(); }

  /// The leftmost token at or after `from`, the longest of those that start there, among those for which
  /// `accept(strictest, begin, size)` holds; `strictest` is the strictest rule that allows the token. White
  /// space that a token takes belongs to what is found.
  template <typename Accept>
  Found find(std::string_view text, size_t from, Accept accept) const {
    for (size_t at = from; at < text.size(); ++at) {
      if (!starts_[start_key(text.substr(at))]) continue;
      for (const Entry* entry = longest(text.substr(at)); entry != nullptr; entry = parent(*entry)) {
        const size_t size = entry->text.size();
        if (!accept(entry->strictest, at, size)) continue;
        if (entry->is_plain) return {at, size, entry->id};
        if (!stands_alone(*entry, text, at)) {
          at += size - 1;
          break;
        }
        return with_space(*entry, text, from, at);
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
    bool is_plain;    ///< takes no space, and may stand anywhere
    bool lstrip, rstrip, single_word;
  };

  /// The first two bytes; one byte alone stands for all that start with it.
  static size_t start_key(std::string_view text) {
    return size_t(uint8_t(text[0])) << 8 | (text.size() > 1 ? uint8_t(text[1]) : 0);
  }
  const Entry* longest(std::string_view text) const;
  static bool stands_alone(const Entry& entry, std::string_view text, size_t at);
  static Found with_space(const Entry& entry, std::string_view text, size_t from, size_t at);
  const Entry* parent(const Entry& entry) const {
    return entry.parent < 0 ? nullptr : &entries_[size_t(entry.parent)];
  }

  std::vector<AddedToken> tokens_;  ///< what the entries view
  std::vector<Entry> entries_;      ///< sorted by text
  std::bitset<65536> starts_;
};

}  // namespace hearth
