#include "engine/ngram_index.h"

#include <algorithm>

namespace hearth {

uint64_t NgramIndex::key(std::span<const TokenId> tokens, size_t end, size_t length) {
  uint64_t value = length;
  for (TokenId id : tokens.subspan(end - length, length)) {
    value = (value ^ uint32_t(id)) * 0x9E3779B97F4A7C15u;
    value ^= value >> 29;
  }
  return value;
}

std::vector<TokenId> NgramIndex::guess(std::span<const TokenId> tokens, size_t count) {
  // The last n-gram is what is looked for: it would find itself.
  for (size_t end = std::max(num_indexed_, kShort); end < tokens.size(); ++end) {
    follows_[key(tokens, end, kShort)] = uint32_t(end);
    if (end >= kLong) follows_[key(tokens, end, kLong)] = uint32_t(end);
  }
  num_indexed_ = std::max(num_indexed_, tokens.size());
  for (size_t length : {kLong, kShort}) {
    if (tokens.size() < length) continue;
    const auto found = follows_.find(key(tokens, tokens.size(), length));
    if (found == follows_.end()) continue;
    std::vector<TokenId> guess;
    for (size_t at = found->second; guess.size() < count; ++at) {
      // A repetition may reach into what is being guessed.
      guess.push_back(at < tokens.size() ? tokens[at] : guess[at - tokens.size()]);
    }
    return guess;
  }
  return {};
}

}  // namespace hearth
