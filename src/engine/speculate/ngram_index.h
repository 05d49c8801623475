#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Drafts from the text itself ("prompt lookup", Saxena 2023): finds earlier occurrences of its last n-gram
/// and proposes the tokens that followed. The longest match backwards wins, of equals the latest. Not
/// thread-safe.
class NgramIndex {
 public:
  static constexpr size_t kMostMatched = 32;  ///< tokens compared for a match

  struct Draft {
    std::vector<TokenId> tokens;
    size_t num_matched = 0;  ///< tokens before the draft that match those before its source
  };
  /// `count` draft tokens behind the text, which only grows between calls; none where nothing matches.
  Draft draft(std::span<const TokenId> tokens, size_t count);

 private:
  static constexpr size_t kLong = 4, kShort = 2;
  static constexpr uint32_t kNowhere = 0;  ///< no n-gram ends there

  /// Positions behind the n-grams of a length: the latest of each key, and for each the one before it.
  struct Places {
    std::unordered_map<uint64_t, uint32_t> latest;
    std::vector<uint32_t> before;
  };

  static uint64_t key(std::span<const TokenId> tokens, size_t length);
  void index(std::span<const TokenId> tokens, size_t length, Places& places) const;
  static size_t find(std::span<const TokenId> tokens, size_t length, const Places& places,
                     size_t& num_matched);

  Places long_, short_;
  size_t num_indexed_ = 0;  ///< n-grams that end before here are known
};

}  // namespace hearth
