#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Finds where a text's last tokens stood before, and guesses that what followed them follows again ("prompt
/// lookup", Saxena 2023). Of the places that the last n-gram stood at, the one whose tokens before agree
/// furthest counts, of equals the latest. Not thread-safe.
class NgramIndex {
 public:
  static constexpr size_t kMostMatched = 32;  ///< tokens that are compared

  struct Guess {
    std::vector<TokenId> tokens;
    size_t num_matched = 0;  ///< tokens before it that are as they were there
  };
  /// The text so far, which only grows. What would follow it, `count` tokens, or none.
  Guess guess(std::span<const TokenId> tokens, size_t count);

 private:
  static constexpr size_t kLong = 4, kShort = 2;
  static constexpr uint32_t kNowhere = 0;  ///< no n-gram ends there

  /// The places behind the n-grams of a length: the latest of each key, and from each place the one before.
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
