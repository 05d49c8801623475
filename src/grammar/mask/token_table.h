#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/mask/byte_trie.h"
#include "grammar/mask/loop_tokens.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {
class Tokenizer;
}  // namespace hearth

namespace hearth::grammar {

/// The tokens of a vocabulary as the bytes that an automaton reads, for all grammars of one model. Immutable
/// but for a cache within, safe to share between threads.
class TokenTable {
 public:
  /// Control tokens as control_token_bytes(); tokens without text are in no mask. Error: kResourceLimit for a
  /// vocabulary of more than 256 MiB of text.
  static Result<std::shared_ptr<const TokenTable>> create(const Tokenizer& tokenizer);
  /// The same of bytes by id, empty where there is no such token, and the tokens that end the turn.
  static Result<std::shared_ptr<const TokenTable>> create(const std::vector<std::string>& bytes,
                                                          std::vector<TokenId> end_ids);

  size_t num_tokens() const { return offsets_.size() - 1; }
  /// Words of a mask.
  size_t num_words() const { return (num_tokens() + 63) / 64; }
  /// Empty for tokens that no text has, and for ids out of range.
  std::string_view bytes(TokenId id) const;
  /// The tokens that end the turn, sorted; some may have bytes as well.
  std::span<const TokenId> end_ids() const { return end_ids_; }
  bool is_end(TokenId id) const;

  /// Values are ids.
  const ByteTrie& trie() const { return trie_; }
  /// The nodes of single bytes; end of the trie's nodes where no token starts so.
  uint32_t root(uint8_t byte) const { return roots_[byte]; }
  /// The tokens of three quotation marks or more (Likeness).
  std::span<const uint32_t> quoting_ids() const { return quoting_ids_; }
  LoopTokenCache& loops() const { return *loops_; }

  size_t memory_size() const;

 private:
  TokenTable() = default;

  std::string text_;
  std::vector<uint32_t> offsets_;
  std::vector<TokenId> end_ids_;
  ByteTrie trie_;
  std::array<uint32_t, 256> roots_ = {};
  std::vector<uint32_t> quoting_ids_;
  std::unique_ptr<LoopTokenCache> loops_;
};

using TokenTablePtr = std::shared_ptr<const TokenTable>;

}  // namespace hearth::grammar
