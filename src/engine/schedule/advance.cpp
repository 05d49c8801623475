#include "engine/schedule/advance.h"

#include <algorithm>
#include <utility>

namespace hearth {
namespace {

/// Takes a drawn token into the text.
void take(Sequence& sequence, TokenId id, Progress& progress) {
  if (std::ranges::binary_search(sequence.end_ids, id)) {
    sequence.parser->push(id, sequence.output.flush(), progress.parts);
    progress.reason = FinishReason::kStop;
    return;
  }
  std::string text = sequence.output.push(id, sequence.num_generated() >= sequence.min_tokens);
  if (!sequence.output.stopped() && sequence.tokens.size() >= sequence.max_length) {
    text += sequence.output.flush();
    progress.reason = FinishReason::kLength;
  }
  sequence.parser->push(id, text, progress.parts);
  if (sequence.output.stopped()) progress.reason = FinishReason::kStop;
}

void end_with(Progress& progress, Error error) {
  progress.reason = FinishReason::kError;
  progress.error = std::move(error);
}

void draw(Sequence& sequence, std::span<float> logits, const TokenMask* mask, Progress& progress) {
  for (const auto& processor : sequence.logits_processors) processor->apply(logits, sequence.num_generated());
  Result<SampledToken> token =
      sequence.sampler.sample(logits, {sequence.tokens, sequence.num_prompt_tokens}, mask);
  if (!token) return end_with(progress, std::move(token.error()));
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
  sequence.num_forced = 0;
  for (size_t i = 0; true; ++i) {
    const TokenMask* mask = nullptr;
    if (!sequence.constraints.empty()) {
      const auto masked = sequence.constraints.mask(i);
      if (!masked) return end_with(progress, masked.error());
      mask = *masked;
    }
    draw(sequence, logits.subspan(i * vocab_size, vocab_size), mask, progress);
    if (progress.reason) return;
    const TokenId drawn = sequence.tokens.back();
    if (i < drafts.size() && drawn == drafts[i]) continue;
    if (Status accepted = sequence.constraints.accept(i, drawn); !accepted) {
      return end_with(progress, std::move(accepted.error()));
    }
    return set_forced(sequence, progress);
  }
}

void set_forced(Sequence& sequence, Progress& progress) {
  if (!sequence.jumps) return;
  size_t count = sequence.num_generated();
  const auto may_come = [&](TokenId id) {
    const bool ends_early = count++ < sequence.min_tokens && std::ranges::binary_search(sequence.end_ids, id);
    return sequence.sampler.may_draw(id) && !ends_early;
  };
  const size_t most = std::min(kMaxForced, sequence.max_length - sequence.tokens.size());
  for (const TokenId id : sequence.constraints.accept_forced(most, sequence.end_ids, may_come)) {
    sequence.tokens.push_back(id);
    ++sequence.num_forced;
    ++sequence.num_all_forced;
    progress.tokens.push_back({.id = id});
    ++progress.num_forced;
    take(sequence, id, progress);
    if (progress.reason) return;
  }
}

}  // namespace hearth
