#include "engine/cache/block_memory.h"

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "engine/memory/memory_plan.h"
#include "formats/open_model_files.h"
#include "models/loader.h"
#include "models/testing/alternating.h"

// What kept blocks are known by: it stays the same where the bits do, and differs where they do.

namespace hearth {
namespace {

constexpr char kModel[] = HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf";

std::string format_on(const Placement& placement, DType kv_dtype) {
  const auto files = *open_model_files(kModel);
  MemoryRequest memory;
  memory.kv_dtype = kv_dtype;
  memory.max_batch_tokens = 64;
  const MemoryPlan plan = *plan_memory(*files, placement, memory);
  const auto model = *load_causal_model(*files, placement, {.max_batch_tokens = 64});
  const KvCache cache = *KvCache::create(placement, model->cache_specs(), plan.kv);
  size_t bytes = 0;
  for (size_t device = 0; device < placement.devices.size(); ++device) {
    EXPECT_GT(plan.kv.bytes_on(device), 0u);
    bytes += plan.kv.bytes_on(device);
  }
  EXPECT_EQ(bytes, plan.kv.bytes());
  EXPECT_EQ(bytes, cache.bytes());
  return KvBlockMemory(*model, cache).format(plan.context);
}

std::string format_of(const std::string& isa, int threads, DType kv_dtype) {
  ThreadPool pool(threads);
  return format_on(**make_cpu_backend(pool, isa), kv_dtype);
}

TEST(KvBlockMemory, FormatIsTheSameOnAnyNumberOfThreadsAndAnyVectors) {
  const std::string format = format_of("scalar", 1, DType::kF16);
  for (const std::string& isa : cpu_backend_isas()) {
    for (const int threads : {1, 2, 3}) {
      EXPECT_EQ(format_of(isa, threads, DType::kF16) == format, isa != "amx") << isa << " " << threads;
    }
  }
}

TEST(KvBlockMemory, FormatTellsTypesAndBackendsApart) {
  EXPECT_NE(format_of("", 1, DType::kF16), format_of("", 1, DType::kQ8_0));
  EXPECT_NE(format_of("", 1, DType::kF16), format_of("", 1, DType::kF32));
  ThreadPool pool(1);
  EXPECT_NE(format_of("", 1, DType::kF32), format_on(*make_reference_backend(pool), DType::kF32));
}

TEST(KvBlockMemory, FormatTellsPlacementsApart) {
  ThreadPool pool(1);
  const auto a = *make_cpu_backend(pool, ""), b = *make_cpu_backend(pool, "");
  const auto reference = make_reference_backend(pool);
  const int num_layers = describe_model(**open_model_files(kModel))->config.num_hidden_layers;
  const auto format = [&](Backend& first, Backend& second) {
    return format_on(alternating(first, second, num_layers), DType::kF32);
  };
  Backend* const in_turn[] = {a.get(), b.get()};
  const std::string alternately = format(*a, *b);
  EXPECT_EQ(format(*b, *a), alternately);
  EXPECT_NE(format(*a, *reference), format(*reference, *a));
  EXPECT_NE(format(*a, *reference), alternately);
  EXPECT_NE(format_on(place_in_turn(in_turn, size_t(num_layers)), DType::kF32), alternately);
  EXPECT_NE(format_on(*a, DType::kF32), alternately);
}

}  // namespace
}  // namespace hearth
