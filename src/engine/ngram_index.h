#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "text/vocab_data.h"

namespace hearth {

/// Finds where a text's last tokens stood before, and guesses that what followed them follows again ("prompt
/// lookup", Saxena 2023). Not thread-safe.
class NgramIndex {
 public:
  /// The text so far, which only grows. What would follow it, at most `count` tokens, often none.
  std::vector<TokenId> guess(std::span<const TokenId> tokens, size_t count);

 private:
  static constexpr size_t kLong = 4, kShort = 2;

  static uint64_t key(std::span<const TokenId> tokens, size_t end, size_t length);

  std::unordered_map<uint64_t, uint32_t> follows_;  ///< position behind the last n-gram of a key
  size_t num_indexed_ = 0;                          ///< n-grams that end before here are known
};

}  // namespace hearth
