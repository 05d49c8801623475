#include "engine/schedule/model_runner.h"

#include <algorithm>

namespace hearth {

void ModelRunner::run(std::span<const ScheduledChunk> chunks) {
  batch_.clear();
  for (const ScheduledChunk& chunk : chunks) {
    const Sequence& sequence = *chunk.sequence;
    batch_.add(std::span(sequence.tokens).subspan(sequence.num_computed, chunk.num_tokens),
               std::span(sequence.drafts).first(chunk.num_drafts), sequence.num_computed, sequence.tables,
               chunk.draws() ? 1 + chunk.num_drafts : 0);
  }
  run(batch_);
}

void ModelRunner::run(const Batch& batch) {
  const size_t wanted = batch.num_logits() * vocab_size();
  if (logits_.size() < wanted) logits_.resize(wanted);
  model_.forward(batch.view(), cache_.groups(), std::span(logits_).first(wanted));
}

std::span<float> ModelRunner::logits(size_t index, size_t count) {
  return std::span(logits_).subspan(index * vocab_size(), count * vocab_size());
}

}  // namespace hearth
