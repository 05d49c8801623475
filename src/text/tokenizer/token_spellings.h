#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/tokenizer_spec.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// What each token stands for in a text, made once by the steps of a decoder. Immutable, safe to share
/// between threads.
class TokenSpellings {
 public:
  TokenSpellings() = default;
  /// Error: kResourceLimit for steps that make tokens far longer than the vocabulary has them.
  static Result<TokenSpellings> create(const Vocab& vocab, const std::vector<DecoderStep>& steps);

  /// The bytes of a token within a text; none for control and unknown tokens. REQUIRES: a token of the
  /// vocabulary, here and below.
  std::string_view within(TokenId id) const { return within_[size_t(id)]; }
  std::span<const std::string_view> all_within() const { return within_; }
  /// Of one that starts a text.
  std::string_view at_start(TokenId id) const {
    return at_start_.empty() ? within_[size_t(id)] : at_start_[size_t(id)];
  }
  /// Whether a space follows the token, unless it is the last one.
  bool ends_word(TokenId id) const { return !ends_word_.empty() && ends_word_[size_t(id)]; }
  /// Whether a token that is repeated stands for the same as one.
  bool drops_repeats() const { return drops_repeats_; }

 private:
  std::vector<char>
      bytes_;  ///< what the views below lie in; a vector's bytes stay where they are when it moves
  std::vector<std::string_view> within_;
  std::vector<std::string_view> at_start_;  ///< empty where all are as within
  std::vector<bool> ends_word_;             ///< empty where none does
  bool drops_repeats_ = false;
};

}  // namespace hearth
