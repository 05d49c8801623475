#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/byte_fallback.h"
#include "text/tokenizer/merge.h"
#include "text/tokenizer/piece_boundaries.h"
#include "text/tokenizer/symbol_table.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/word_cache.h"

namespace hearth {

/// SentencePiece's BPE model: neighbours merge to the token of the best score (Kudo and Richardson 2018,
/// bpe_model.cc). Spaces are U+2581; what no token covers is written by bytes. Immutable, safe to share
/// between threads.
class SentencePiece {
 public:
  /// The vocabulary must outlive this. Error: kCorruptData for a malformed byte token.
  static Result<SentencePiece> create(const Vocab& vocab);

  /// Appends the ids of a word, its spaces escaped. Errors: kResourceLimit for one that is too long;
  /// kCancelled.
  Status encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  SentencePiece(const Vocab& vocab, ByteFallback fallback);

  /// Of the text whose ids begin at `first` of `out`. Whether the part would become the same anywhere.
  bool encode_part(std::string_view part, size_t first, Merger& merger, std::vector<TokenId>& out) const;

  ByteFallback fallback_;
  SymbolTable symbols_;
  std::vector<uint32_t> ranks_;  ///< [vocab_size], by falling score; equal scores have equal ranks
  size_t max_token_size_ = 0;
  PieceBoundaries boundaries_;
};

}  // namespace hearth
