#pragma once

#include "engine/kv_cache.h"
#include "engine/prefix_cache.h"
#include "models/model.h"

namespace hearth {

/// Copies blocks of a model's KV cache on the model's device. Both must outlive it.
class KvBlockCopier final : public BlockCopier {
 public:
  KvBlockCopier(const Model& model, const KvCache& cache) : model_(model), cache_(cache) {}
  void copy(size_t group, BlockId from, BlockId to) override;

 private:
  const Model& model_;
  const KvCache& cache_;
};

}  // namespace hearth
