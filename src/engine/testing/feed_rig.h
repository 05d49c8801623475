#pragma once

#include "engine/schedule/model_runner.h"
#include "engine/testing/fake_model.h"

// A fake model with a cache and a runner, for tests.

namespace hearth {

struct FeedRig {
  FeedRig(int max_batch, size_t num_tokens, size_t num_sequences)
      : model(50, max_batch),
        cache(*KvCache::create(
            model.placement(), model.cache_specs(),
            *layout_kv_cache(
                model.cache_specs(), model.placement(),
                {.num_tokens = num_tokens, .num_sequences = num_sequences, .max_step = size_t(max_batch)}))),
        runner(model, cache) {}

  FakeModel model;
  KvCache cache;
  ModelRunner runner;
};

}  // namespace hearth
