#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/token_trie.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/word_cache.h"

namespace hearth {

/// RWKV's World tokenizer: always the longest token that the rest of the text starts with. Immutable, safe to
/// share between threads.
class LongestMatch {
 public:
  /// `token_bytes` are the bytes that each token stands for. Error: kResourceLimit for a token that is too
  /// long.
  static Result<LongestMatch> create(const Vocab& vocab, std::span<const std::string_view> token_bytes);

  /// Appends the ids of a text; bytes that no token starts with are the unknown token, or left out. Error:
  /// kCancelled.
  Status encode(std::string_view text, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  TokenTrie trie_;
  TokenId unk_id_ = -1;
};

}  // namespace hearth
