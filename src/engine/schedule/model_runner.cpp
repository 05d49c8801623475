#include "engine/schedule/model_runner.h"

#include <algorithm>

#include "base/grow.h"

namespace hearth {

void ModelRunner::submit(std::span<const ScheduledChunk> chunks) {
  batch_.clear();
  for (const ScheduledChunk& chunk : chunks) {
    const Sequence& sequence = *chunk.sequence;
    batch_.add(std::span(sequence.tokens).subspan(sequence.num_computed, chunk.num_tokens),
               std::span(sequence.drafts).first(chunk.num_drafts), sequence.num_computed, sequence.tables,
               chunk.draws() ? 1 + chunk.num_drafts : 0);
  }
  submit(batch_);
}

void ModelRunner::submit(const Batch& batch) {
  num_logits_ = batch.num_logits();
  model_.submit(batch.view(), cache_.groups());
}

void ModelRunner::collect() {
  const size_t wanted = num_logits_ * vocab_size();
  grow(logits_, wanted);
  model_.collect(std::span(logits_).first(wanted));
}

void ModelRunner::run(const Batch& batch) {
  submit(batch);
  collect();
}

std::span<float> ModelRunner::logits(size_t index, size_t count) {
  return std::span(logits_).subspan(index * vocab_size(), count * vocab_size());
}

}  // namespace hearth
