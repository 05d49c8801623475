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
#include "text/tokenizer/string_index.h"
#include "text/tokenizer/symbol_table.h"
#include "text/tokenizer/tokenizer_spec.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/word_cache.h"

namespace hearth {

/// The merges of a vocabulary, as a file holds them.
struct MergeList {
  std::span<const std::string> merges;  ///< by rank
  char separator = ' ';                 ///< between the two parts of each
};

/// Byte pair encoding by a list of merges (Sennrich et al. 2016), in two spellings: GPT-2's byte alphabet,
/// where the smallest pieces are bytes, and UTF-8, where they are code points. Immutable, safe to share
/// between threads.
class Bpe {
 public:
  /// `byte_level`: words are bytes, which the vocabulary spells in GPT-2's alphabet. `token_bytes` are the
  /// bytes that each token stands for; they and the vocabulary must outlive this. Error: kCorruptData for a
  /// merge that is not two parts.
  static Result<Bpe> create(const Vocab& vocab, std::span<const std::string_view> token_bytes,
                            MergeList merges, const TokenModelSpec& spec, bool byte_level);

  /// Appends the ids of a word. Errors: kResourceLimit for one that is too long; kCancelled.
  Status encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;

 private:
  Bpe(TokenModelSpec spec, ByteFallback fallback) : spec_(std::move(spec)), fallback_(std::move(fallback)) {}

  Status index_merges(MergeList merges, SymbolTable& symbols);
  void index_words(const Vocab& vocab, bool byte_level);
  TokenId find_word(std::string_view word) const;
  void merge_bytes(std::string_view word, Merger& merger, std::vector<TokenId>& out) const;
  Status encode_code_points(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const;
  bool merge_part(std::string_view part, size_t first, Merger& merger, std::vector<TokenId>& out) const;
  int32_t symbol_of(std::string_view word, size_t begin, size_t end) const;
  void merge_symbols(Merger& merger) const;

  TokenModelSpec spec_;
  ByteFallback fallback_;
  int32_t num_tokens_ = 0;  ///< symbols from here on are no tokens
  MergeTable merges_;
  std::array<int32_t, 256> byte_symbols_ = {};  ///< of the byte alphabet
  std::optional<SymbolTable> symbols_;          ///< of vocabularies spelt in UTF-8
  PieceBoundaries boundaries_;                  ///< the same
  bool cuts_words_ = false;                     ///< the same: words may be cut at `boundaries_`

  // Whole words that become a token without merging, by their spelling; none for most models.
  std::span<const std::string_view> words_of_;
  std::optional<StringIndex> words_;
  std::vector<std::string_view> spellings_;  ///< what words_of_ views of vocabularies spelt in UTF-8
};

}  // namespace hearth
