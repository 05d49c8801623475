#pragma once

#include <span>

#include "engine/schedule/sequence.h"

namespace hearth {

/// Draws the sequence's next token, and one more for each of `drafts` that equals the token drawn in its
/// place. The masks of its constraints are computed. Touches the sequence alone, so that sequences may
/// advance in parallel. Overwrites `logits` [1 + drafts, vocab_size]. Sets behind them what the constraints
/// then force.
void advance(Sequence& sequence, std::span<float> logits, std::span<const TokenId> drafts,
             Progress& progress);

/// Sets the tokens that the constraints force, at most kMaxForced, so that the next step computes them
/// together with the draw behind them.
void set_forced(Sequence& sequence, Progress& progress);
inline constexpr size_t kMaxForced = 64;

}  // namespace hearth
