#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/cache/kv_cache.h"
#include "engine/schedule/batch.h"
#include "engine/schedule/scheduler.h"

namespace hearth {

/// Runs steps of a model on a KV cache, both of which must outlive it. Not thread-safe.
class ModelRunner {
 public:
  ModelRunner(CausalModel& model, KvCache& cache) : model_(model), cache_(cache) {}

  CausalModel& model() const { return model_; }
  KvCache& cache() const { return cache_; }
  size_t vocab_size() const { return size_t(model_.config().vocab_size); }

  /// Starts to compute the chunks, which stay as they are until `collect`. Each that draws has logits of its
  /// last token and of every draft behind it, one chunk after the other.
  void submit(std::span<const ScheduledChunk> chunks);
  /// Waits for what was submitted. Between the two the host is free for what the step does not need.
  void collect();

  /// Both, of any batch; `logits(i)` is that of its i-th wanted row.
  void run(const Batch& batch);

  /// [count, vocab_size], the caller's to change until the next step.
  std::span<float> logits(size_t index, size_t count = 1);

 private:
  void submit(const Batch& batch);

  CausalModel& model_;
  KvCache& cache_;
  Batch batch_;
  std::vector<float> logits_;
  size_t num_logits_ = 0;  ///< rows of the current step
};

}  // namespace hearth
