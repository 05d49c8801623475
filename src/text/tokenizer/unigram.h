#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/byte_fallback.h"
#include "text/tokenizer/token_trie.h"
#include "text/tokenizer/tokenizer_spec.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/word_cache.h"

namespace hearth {

/// The unigram language model (Kudo 2018): the tokens whose scores, logarithms of probabilities, sum to the
/// most, by Viterbi's algorithm. Immutable, safe to share between threads.
class Unigram {
 public:
  /// The vocabulary must outlive this. Error: kCorruptData for a malformed byte token.
  static Result<Unigram> create(const Vocab& vocab, const TokenModelSpec& spec);

  /// Appends the ids of a word. Errors: kResourceLimit for one that is too long; kCancelled.
  Status encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  Unigram(ByteFallback fallback, bool wide_scores)
      : fallback_(std::move(fallback)), wide_scores_(wide_scores) {}

  bool encode_word(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;
  void find_path(std::string_view word, std::vector<UnigramStep>& path, std::stop_token& stop) const;

  ByteFallback fallback_;
  bool wide_scores_;
  TokenTrie trie_;
  std::vector<double> scores_;  ///< [vocab_size]
  double unk_score_ = 0;
  double user_score_ = 0;           ///< of each byte of a token that its maker defined
  std::vector<bool> user_defined_;  ///< [vocab_size] or empty
};

}  // namespace hearth
