#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/schedule/sequence.h"

namespace hearth {

/// What a step adds to an answer.
struct Progress {
  std::vector<SampledToken> tokens = {};
  std::string text = {};                    ///< what became certain with them
  std::optional<FinishReason> reason = {};  ///< set where they ended it
  std::optional<Error> error = {};          ///< kError only
};

/// Carries an answer on by the token that follows its last one, and as far as `drafts` guess right what is
/// drawn, by those behind it. Touches the sequence alone, so that sequences may advance in parallel. Spoils
/// `logits` [1 + drafts, vocab_size].
void advance(Sequence& sequence, std::span<float> logits, std::span<const TokenId> drafts,
             Progress& progress);

}  // namespace hearth
