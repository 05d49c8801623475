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
  ModelRunner(Model& model, KvCache& cache) : model_(model), cache_(cache) {}

  Model& model() const { return model_; }
  KvCache& cache() const { return cache_; }
  size_t vocab_size() const { return size_t(model_.config().vocab_size); }

  /// Computes the chunks. Each that draws has logits of its last token and of every draft behind it, one
  /// chunk after the other.
  void run(std::span<const ScheduledChunk> chunks);

  /// Computes any batch; `logits(i)` is that of its i-th wanted row.
  void run(const Batch& batch);

  /// [count, vocab_size], the caller's to change until the next run.
  std::span<float> logits(size_t index, size_t count = 1);

 private:
  Model& model_;
  KvCache& cache_;
  Batch batch_;
  std::vector<float> logits_;
};

}  // namespace hearth
