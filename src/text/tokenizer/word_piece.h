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

/// WordPiece (Schuster and Nakajima 2012, as BERT applies it): of each word the longest token at its start,
/// then the longest of what is left; a word that does not come out is unknown as a whole. WordLevel is the
/// same without parts. Immutable, safe to share between threads.
class WordPiece {
 public:
  /// Error: kResourceLimit for a token that is too long. REQUIRES: a spec of kWordPiece or kWordLevel.
  static Result<WordPiece> create(const Vocab& vocab, const TokenModelSpec& spec);

  /// Appends the ids of a word. Errors: kResourceLimit for one that is too long; kCancelled.
  Status encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  WordPiece(const Vocab& vocab, const TokenModelSpec& spec)
      : whole_(spec.kind == TokenModel::kWordLevel),
        max_chars_(spec.max_word_chars),
        fallback_(ByteFallback::unknown_only(vocab)) {}

  void encode_word(std::string_view word, std::vector<TokenId>& out) const;

  bool whole_;        ///< a word is one token, or unknown
  size_t max_chars_;  ///< longer words are unknown; 0: none is
  ByteFallback fallback_;
  TokenTrie starts_,
      inner_;  ///< of tokens that start a word, and of those inside one, without their prefixes
};

}  // namespace hearth
