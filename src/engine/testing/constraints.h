#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/sample/token_constraint.h"

// Constraints for tests.

namespace hearth {

/// One that knows what was accepted.
class RecordingConstraint : public TokenConstraint {
 public:
  bool accept(TokenId id) override {
    TokenMask mask(size_t(id) + 1);
    if (!allow(accepted_, mask) || !mask.allows(id)) return false;
    accepted_.push_back(id);
    return true;
  }
  void rollback(size_t count) override {
    CHECK(count <= accepted_.size());
    accepted_.resize(accepted_.size() - count);
  }
  Status fill_mask(TokenMask& mask) override { return allow(accepted_, mask); }

 protected:
  /// What may come behind `accepted`, as far as it is in the mask's vocabulary.
  virtual Status allow(const std::vector<TokenId>& accepted, TokenMask& mask) = 0;
  static void allow_known(TokenId id, TokenMask& mask) {
    if (size_t(id) < mask.vocab_size()) mask.allow(id);
  }

 private:
  std::vector<TokenId> accepted_;
};

/// Allows a fixed set of texts, each with the end of the turn behind it.
class FixedSequences final : public RecordingConstraint {
 public:
  FixedSequences(std::vector<std::vector<TokenId>> sequences, TokenId end)
      : sequences_(std::move(sequences)), end_(end) {}

  std::vector<TokenId> forced(size_t most) override {
    std::vector<TokenId> tokens;
    for (TokenMask mask(size_t(end_) + 1); tokens.size() < most; mask.clear()) {
      TokenId only = 0;
      if (!fill_mask(mask) || mask.count() != 1 || mask.allows(end_)) break;
      while (!mask.allows(only)) ++only;
      tokens.push_back(only);
      CHECK(accept(only));
    }
    rollback(tokens.size());
    return tokens;
  }

 private:
  Status allow(const std::vector<TokenId>& accepted, TokenMask& mask) override {
    for (const std::vector<TokenId>& sequence : sequences_) {
      if (accepted.size() > sequence.size()) continue;
      if (!std::ranges::equal(std::span(sequence).first(accepted.size()), accepted)) continue;
      allow_known(sequence.size() == accepted.size() ? end_ : sequence[accepted.size()], mask);
    }
    return {};
  }

  std::vector<std::vector<TokenId>> sequences_;
  TokenId end_;
};

/// Behind each text some tokens, by its hash; behind each one that is `num_tokens` long none, or, where there
/// is an error, that. The last id of the vocabulary, its end, is rare.
class RandomConstraint final : public RecordingConstraint {
 public:
  struct Options {
    uint64_t seed = 0;
    size_t vocab_size = 0;
    size_t percent = 3;  ///< of the vocabulary, beside one that is always allowed
    size_t num_tokens = SIZE_MAX;
    std::optional<Error> error = {};
    bool foresees = false;  ///< says which tokens are forced: all that have no alternative
  };
  explicit RandomConstraint(Options options) : options_(std::move(options)) {}

  std::vector<TokenId> forced(size_t most) override {
    std::vector<TokenId> tokens;
    while (options_.foresees && tokens.size() < most) {
      TokenMask mask(options_.vocab_size);
      if (!fill_mask(mask) || mask.count() != 1) break;
      TokenId only = 0;
      while (!mask.allows(only)) ++only;
      tokens.push_back(only);
      CHECK(accept(only));
    }
    rollback(tokens.size());
    return tokens;
  }

  static bool may_follow(const Options& options, std::span<const TokenId> accepted, TokenId id) {
    uint64_t hash = options.seed;
    // Of the last token alone, so that texts repeat themselves and are drafted.
    for (const TokenId before : accepted.last(std::min<size_t>(accepted.size(), 1))) {
      hash = (hash ^ uint64_t(before)) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
    }
    // One is always allowed, so that there is a text of any length.
    if (uint64_t(id) == hash % (options.vocab_size - 1)) return true;
    const uint64_t chance = (hash >> 16 ^ uint64_t(id) * 0x9E3779B97F4A7C15u) >> 8;
    return chance % 100 < (size_t(id) + 1 == options.vocab_size ? 2 : options.percent);
  }

 private:
  Status allow(const std::vector<TokenId>& accepted, TokenMask& mask) override {
    if (accepted.size() >= options_.num_tokens) {
      if (options_.error) return std::unexpected(*options_.error);
      return {};
    }
    for (TokenId id = 0; size_t(id) < options_.vocab_size; ++id) {
      if (may_follow(options_, accepted, id)) allow_known(id, mask);
    }
    return {};
  }

  Options options_;
};

}  // namespace hearth
