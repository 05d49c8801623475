#include "grammar/mask/code_point_counts.h"

#include <algorithm>
#include <string_view>

#include "grammar/mask/token_table.h"

namespace hearth::grammar {
namespace {

uint32_t count_of(std::string_view token) {
  return uint32_t(std::ranges::count_if(token, [](char byte) { return (uint8_t(byte) & 0xC0) != 0x80; }));
}

}  // namespace

CodePointCounts::CodePointCounts(const TokenTable& tokens) {
  at_most_.assign(kMaxCounted + 1, std::vector<uint64_t>(tokens.num_words()));
  for (size_t id = 0; id < tokens.num_tokens(); ++id) {
    const uint32_t count = count_of(tokens.bytes(TokenId(id)));
    if (count > kMaxCounted) {
      long_.push_back({TokenId(id), count});
    } else {
      at_most_[count][id / 64] |= uint64_t(1) << (id % 64);
    }
  }
  for (size_t count = 1; count <= kMaxCounted; ++count) {
    for (size_t i = 0; i < at_most_[count].size(); ++i) at_most_[count][i] |= at_most_[count - 1][i];
  }
}

void CodePointCounts::keep_at_most(uint32_t count, std::span<uint64_t> words) const {
  if (count <= kMaxCounted) {
    for (size_t i = 0; i < words.size(); ++i) words[i] &= at_most_[count][i];
    return;
  }
  for (const Long& token : long_) {
    if (token.count > count) words[size_t(token.id) / 64] &= ~(uint64_t(1) << (size_t(token.id) % 64));
  }
}

size_t CodePointCounts::memory_size() const {
  return at_most_.size() * at_most_[0].capacity() * sizeof(uint64_t) + long_.capacity() * sizeof(Long);
}

}  // namespace hearth::grammar
