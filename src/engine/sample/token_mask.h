#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// A set of tokens of a vocabulary, a bit each.
class TokenMask {
 public:
  /// Of no tokens.
  explicit TokenMask(size_t vocab_size = 0) : words_((vocab_size + 63) / 64), vocab_size_(vocab_size) {}

  size_t vocab_size() const { return vocab_size_; }
  void clear();
  void allow(TokenId id) { words_[size_t(id) / 64] |= uint64_t(1) << (size_t(id) % 64); }
  bool allows(TokenId id) const { return (words_[size_t(id) / 64] >> (size_t(id) % 64) & 1) != 0; }
  size_t count() const;
  /// Allows what another mask does, as far as the vocabulary goes.
  void allow(const TokenMask& other);
  /// Keeps what both allow; of the same vocabulary.
  void intersect(const TokenMask& other);
  /// Token i is bit i % 64 of word i / 64; bits beyond the vocabulary stay 0.
  std::span<uint64_t> words() { return words_; }

  /// Sets the logits of all other tokens to minus infinity.
  void apply(std::span<float> logits) const;

 private:
  std::vector<uint64_t> words_;
  size_t vocab_size_;
};

}  // namespace hearth
