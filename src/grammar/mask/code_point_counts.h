#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

class TokenTable;

/// The tokens of a vocabulary by how many code points begin in them.
class CodePointCounts {
 public:
  explicit CodePointCounts(const TokenTable& tokens);

  /// Keeps of a mask the tokens of at most `count` code points.
  void keep_at_most(uint32_t count, std::span<uint64_t> words) const;
  size_t memory_size() const;

 private:
  static constexpr uint32_t kMaxCounted = 64;  ///< counts up to this have a mask each

  struct Long {
    TokenId id;
    uint32_t count;
  };

  std::vector<std::vector<uint64_t>> at_most_;  ///< [count]
  std::vector<Long> long_;                      ///< tokens of more than kMaxCounted, by id
};

}  // namespace hearth::grammar
