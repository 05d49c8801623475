#include "engine/schedule/advance.h"

#include <algorithm>
#include <utility>

namespace hearth {
namespace {

/// Takes a drawn token into the text.
void take(Sequence& sequence, TokenId id, Progress& progress) {
  if (std::ranges::binary_search(sequence.end_ids, id)) {
    progress.text += sequence.output.flush();
    progress.reason = FinishReason::kStop;
    return;
  }
  progress.text += sequence.output.push(id, sequence.num_generated() >= sequence.min_tokens);
  if (!sequence.output.stopped() && sequence.tokens.size() >= sequence.max_length) {
    progress.text += sequence.output.flush();
    progress.reason = FinishReason::kLength;
  }
  if (sequence.output.stopped()) progress.reason = FinishReason::kStop;
}

void draw(Sequence& sequence, std::span<float> logits, Progress& progress) {
  for (const auto& processor : sequence.logits_processors) processor->apply(logits, sequence.num_generated());
  Result<SampledToken> token = sequence.sampler.sample(logits, {sequence.tokens, sequence.num_prompt_tokens});
  if (!token) {
    progress.reason = FinishReason::kError;
    progress.error = std::move(token.error());
    return;
  }
  const TokenId id = token->id;
  for (const auto& processor : sequence.logits_processors) processor->accept(id);
  sequence.tokens.push_back(id);
  progress.tokens.push_back(std::move(*token));
  take(sequence, id, progress);
}

}  // namespace

void advance(Sequence& sequence, std::span<float> logits, std::span<const TokenId> drafts,
             Progress& progress) {
  const size_t vocab_size = logits.size() / (1 + drafts.size());
  for (size_t i = 0; i <= drafts.size(); ++i) {
    draw(sequence, logits.subspan(i * vocab_size, vocab_size), progress);
    if (progress.reason || i == drafts.size() || sequence.tokens.back() != drafts[i]) return;
  }
}

}  // namespace hearth
