#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// How text that no token covers is written. Never as a control token, so that no text can become one.
/// Immutable, safe to share between threads.
class ByteFallback {
 public:
  /// Of a byte-level vocabulary: a byte's token is its letter of GPT-2's alphabet. Bytes without one are left
  /// out, as the tokenizers that such vocabularies come from do.
  static ByteFallback from_alphabet(const Vocab& vocab);

  /// Of a vocabulary with tokens like "<0x0A>": a piece that has a byte without token becomes the unknown
  /// token, or nothing where there is none. Error: kCorruptData for a token of type byte that names no byte.
  static Result<ByteFallback> from_byte_tokens(const Vocab& vocab);

  /// Of a vocabulary that has none: what no token covers is the unknown token, or nothing.
  static ByteFallback unknown_only(const Vocab& vocab);

  bool has_unknown() const { return unk_id_.has_value(); }
  /// Whether a piece is written by anything.
  bool covers(std::string_view piece) const;

  void append(std::string_view piece, std::vector<TokenId>& out) const;

  /// The same; where `fused`, a run of unknown pieces is one token, as far as it lies in the text whose ids
  /// begin at `first` of `out`. False where the piece is unknown.
  bool append(std::string_view piece, bool fused, size_t first, std::vector<TokenId>& out) const;

 private:
  ByteFallback() { tokens_.fill(-1); }

  bool has_bytes(std::string_view piece) const;

  std::array<TokenId, 256> tokens_;
  bool whole_pieces_ = false;
  std::optional<TokenId> unk_id_;
};

}  // namespace hearth
