#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/byte_fallback.h"
#include "text/tokenizer/merge.h"
#include "text/tokenizer/merge_table.h"
#include "text/tokenizer/piece_boundaries.h"
#include "text/tokenizer/pre_tokenizer.h"
#include "text/tokenizer/string_index.h"
#include "text/tokenizer/symbol_table.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/word_cache.h"

namespace hearth {

/// Byte pair encoding by a list of merges (Sennrich et al. 2016), in two spellings: GPT-2's byte alphabet,
/// where the smallest pieces are bytes, and UTF-8, where they are code points (gemma 4). Immutable, safe to
/// share between threads.
class Bpe {
 public:
  /// `token_bytes` are the bytes that each token stands for; they and the vocabulary must outlive this.
  /// Error: kCorruptData for a merge that is not two parts.
  static Result<Bpe> create(const Vocab& vocab, std::span<const std::string_view> token_bytes,
                            std::span<const std::string> merges, PreTokenizer pre_tokenizer);

  /// Appends the ids of a text without control tokens. Error: kResourceLimit for a word that is too long.
  Status encode(std::string_view text, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  Bpe(PreTokenizer pre_tokenizer, ByteFallback fallback)
      : pre_tokenizer_(std::move(pre_tokenizer)), fallback_(std::move(fallback)) {}

  Status index_merges(std::span<const std::string> merges, SymbolTable& symbols);
  void index_words(const Vocab& vocab, std::span<const std::string_view> token_bytes);
  void encode_word(std::string_view word, Merger& merger, std::vector<TokenId>& out) const;
  void merge_bytes(std::string_view word, Merger& merger, std::vector<TokenId>& out) const;
  void merge_code_points(std::string_view word, Merger& merger, std::vector<TokenId>& out) const;
  void merge_symbols(std::string_view word, Merger& merger, std::vector<TokenId>& out) const;

  PreTokenizer pre_tokenizer_;
  ByteFallback fallback_;
  int32_t num_tokens_ = 0;  ///< symbols from here on are no tokens
  MergeTable merges_;
  std::array<int32_t, 256> byte_symbols_ = {};  ///< of the byte alphabet
  std::optional<SymbolTable> symbols_;          ///< of vocabularies spelt in UTF-8
  PieceBoundaries boundaries_;                  ///< the same

  // Whole words that become a token without merging, by their bytes; none for most models.
  std::span<const std::string_view> token_bytes_;
  std::optional<StringIndex> words_;
};

}  // namespace hearth
