#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/schedule/sequence.h"

namespace hearth {

/// What a step adds to a completion.
struct Progress {
  std::vector<SampledToken> tokens = {};
  std::vector<OutputPart> parts = {};       ///< what became certain with them
  std::optional<FinishReason> reason = {};  ///< set where they ended it
  std::optional<Error> error = {};          ///< kError only
};

/// Draws the sequence's next token, and one more for each of `drafts` that equals the token drawn in its
/// place. The masks of its constraints are computed. Touches the sequence alone, so that sequences may
/// advance in parallel. Overwrites `logits` [1 + drafts, vocab_size].
void advance(Sequence& sequence, std::span<float> logits, std::span<const TokenId> drafts,
             Progress& progress);

}  // namespace hearth
