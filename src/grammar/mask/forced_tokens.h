#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/mask/token_table.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::grammar {

/// Text that must come, as the tokens that the model would have written: a model is trained on its
/// tokenizer's way of cutting a text, so what is forced on it must be cut so, and never where the text that
/// follows could have moved the cut. Immutable, safe to share between threads.
class ForcedTokens {
 public:
  /// Keeps a reference to the tokenizer; the table is its own.
  ForcedTokens(const Tokenizer& tokenizer, TokenTablePtr table);

  /// The tokens of as much of `forced` (Matcher::forced_bytes) as can be told, behind a completion's tokens
  /// so far, of which the last few hundred suffice. Empty where the cut is not certain: at the start, where a
  /// token could reach from what is written into what is forced, and at the end.
  std::vector<TokenId> find(std::span<const TokenId> written, std::span<const uint8_t> forced) const;

 private:
  /// The tokens of `text` behind `context`; the last ones are left out unless `is_whole`: nothing joins on.
  std::vector<TokenId> find_text(std::string_view context, std::string_view text, bool is_whole) const;
  std::vector<TokenId> encode(std::string_view text) const;
  /// Where a token that reaches beyond the end of the text could begin.
  size_t first_open(std::string_view text) const;
  bool is_prefix_of_longer(std::string_view bytes) const;

  const Tokenizer* tokenizer_;
  TokenTablePtr table_;
  std::string anchor_;  ///< stands before a text that encode() would put a space in front of
};

}  // namespace hearth::grammar
