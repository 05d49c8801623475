#include "engine/memory/memory_plan.h"

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "formats/open_model_files.h"

namespace hearth {
namespace {

class MemoryPlanTest : public testing::Test {
 protected:
  Result<MemoryPlan> plan(const std::string& model, const MemoryRequest& request) {
    const auto files = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/" + model);
    return plan_memory(*files, *backend_, request);
  }

  ThreadPool pool_{1};
  std::unique_ptr<Backend> backend_ = *make_cpu_backend(pool_, "scalar");
};

TEST_F(MemoryPlanTest, TakesTheTrainedContextWhereItFits) {
  const MemoryPlan planned = *plan("llama3.gguf", {.available = size_t(1) << 40});
  EXPECT_EQ(planned.context, planned.trained_context);
  EXPECT_FALSE(planned.reduced);
  EXPECT_GT(planned.weight_bytes, 0u);
  EXPECT_GT(planned.kv.bytes(), 0u);
  EXPECT_EQ(planned.total_bytes(), planned.fixed_bytes() + planned.kv.bytes());
  EXPECT_LT(planned.bytes_at(1), planned.bytes_at(planned.context));
  EXPECT_EQ(planned.bytes_at(planned.context), planned.total_bytes());
}

TEST_F(MemoryPlanTest, PlansExactlyWhatTheCacheTakes) {
  for (const char* model : {"llama3.gguf", "gemma3.gguf"}) {
    const MemoryPlan planned = *plan(model, {.context = 200, .num_sequences = 3, .max_batch_tokens = 64});
    const auto files = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/" + std::string(model));
    const auto loaded = load_causal_model(*files, *backend_, {.max_batch_tokens = 64});
    const KvCache cache = *KvCache::create(*backend_, (*loaded)->cache_specs(), planned.kv);
    EXPECT_EQ(cache.bytes(), planned.kv.bytes());
    EXPECT_TRUE(cache.ledger().can_ever_hold(200));
  }
}

TEST_F(MemoryPlanTest, ManySequencesMayShareASmallCache) {
  const auto bytes = [&](size_t kv_tokens) {
    return plan("llama3.gguf", {.context = 320, .num_sequences = 8, .kv_tokens = kv_tokens})->kv.bytes();
  };
  EXPECT_LT(bytes(640), bytes(0));
  EXPECT_EQ(bytes(1), bytes(320)) << "one context at least";
  EXPECT_EQ(bytes(1'000'000), bytes(0)) << "all of them at most";
}

TEST_F(MemoryPlanTest, ReducesTheContextToWhatFits) {
  const MemoryPlan whole = *plan("phi3_longrope.gguf", {});
  ASSERT_EQ(whole.trained_context, 1024u);
  const size_t reserve = size_t(64) << 20;
  MemoryRequest request;
  request.available = whole.fixed_bytes() + whole.kv.bytes() * 2 / 3 + reserve;
  const auto reduced = plan("phi3_longrope.gguf", request);
  ASSERT_TRUE(reduced.has_value()) << reduced.error().message;
  EXPECT_TRUE(reduced->reduced);
  EXPECT_EQ(reduced->context, 512u);
  EXPECT_LE(reduced->total_bytes() + reserve, *request.available);
}

TEST_F(MemoryPlanTest, TooLittleMemoryIsAnErrorWithBothNumbers) {
  const auto none = plan("llama3.gguf", {.available = size_t(30) << 20});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kResourceLimit);
  EXPECT_NE(none.error().message.find("30.0 MB"), std::string::npos) << none.error().message;
  EXPECT_FALSE(none.error().hint.empty());
  const auto long_context = plan("llama3.gguf", {.context = 50'000'000, .available = size_t(1) << 30});
  ASSERT_FALSE(long_context.has_value());
  EXPECT_NE(long_context.error().message.find("50000000"), std::string::npos);
}

TEST_F(MemoryPlanTest, ADraftModelTakesItsShare) {
  const auto draft = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/gemma3.gguf");
  const MemoryRequest alone{.context = 200, .num_sequences = 3};
  MemoryRequest both = alone;
  both.draft = &*draft;
  const MemoryPlan own = *plan("llama3.gguf", alone), other = *plan("gemma3.gguf", alone);
  MemoryPlan planned = *plan("llama3.gguf", both);
  ASSERT_TRUE(planned.draft.has_value());
  EXPECT_EQ(planned.draft->weight_bytes, other.weight_bytes);
  EXPECT_EQ(planned.draft->work_bytes, other.work_bytes);
  EXPECT_EQ(planned.draft->kv.bytes(), other.kv.bytes());
  EXPECT_EQ(planned.total_bytes(), own.total_bytes() + planned.draft->total_bytes());
  EXPECT_EQ(planned.bytes_at(200) - planned.bytes_at(1),
            own.bytes_at(200) - own.bytes_at(1) + other.bytes_at(200) - other.bytes_at(1));
  both.max_draft_rows = 8;
  EXPECT_GT(plan("llama3.gguf", both)->work_bytes, own.work_bytes) << "logits of draft tokens";
}

TEST_F(MemoryPlanTest, ADraftModelLeavesLessContext) {
  const auto draft = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/phi3_longrope.gguf");
  const MemoryPlan whole = *plan("phi3_longrope.gguf", {.draft = &*draft});
  const size_t reserve = size_t(64) << 20;
  MemoryRequest request{.available = whole.fixed_bytes() + whole.kv.bytes() + reserve, .draft = &*draft};
  const auto reduced = plan("phi3_longrope.gguf", request);
  ASSERT_TRUE(reduced.has_value()) << reduced.error().message;
  EXPECT_TRUE(reduced->reduced);
  EXPECT_EQ(reduced->context, whole.context / 2) << "room for one cache, shared by two";
  const MemoryPlan least = *plan("phi3_longrope.gguf", {.context = 256, .draft = &*draft});
  request.available = least.fixed_bytes() + reserve;
  const auto refused = plan("phi3_longrope.gguf", request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("draft model"), std::string::npos) << refused.error().message;
}

TEST_F(MemoryPlanTest, StatesTakeTheSameWhateverTheContext) {
  EXPECT_EQ(plan("llama3.gguf", {})->kv.state_bytes(), 0u);
  const MemoryPlan planned = *plan("mamba2.gguf", {.context = 200, .num_sequences = 3});
  // Two layers of 5120 bytes; two states for each sequence, and eight that are kept for others to go on from.
  EXPECT_EQ(planned.kv.bytes(), 2u * 5120 * (2 * 3 + 8));
  EXPECT_EQ(planned.kv.state_bytes(), planned.kv.bytes());
  EXPECT_EQ(planned.bytes_at(200), planned.bytes_at(1));
  EXPECT_EQ(plan("mamba2.gguf", {.context = 32, .num_sequences = 3})->kv.bytes(), planned.kv.bytes());
}

TEST_F(MemoryPlanTest, RefusesTypesTheBackendLacks) {
  EXPECT_EQ(plan("llama3.gguf", {.kv_dtype = DType::kQ6_K}).error().code, ErrorCode::kUnsupported);
}

TEST_F(MemoryPlanTest, WeightsThatStayInTheFileAreCounted) {
  const auto reference = make_reference_backend(pool_);
  const auto files = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf");
  const MemoryPlan planned = *plan_memory(*files, *reference, {});
  EXPECT_GT(planned.mapped_bytes, 0u);
  EXPECT_EQ(planned.weight_bytes, 0u);
}

TEST_F(MemoryPlanTest, WhatStaysInTheFilesDoesNotDependOnTheirForm) {
  const std::filesystem::path models(HEARTH_SOURCE_DIR "/tests/fixtures/models");
  const auto reference = make_reference_backend(pool_);
  for (const char* name : {"llama3", "gpt_oss", "gpt_oss_mxfp4"}) {
    const auto folder = *open_model_files(models / name);
    const auto file = *open_model_files(models / fmt::format("{}.gguf", name));
    const MemoryPlan planned = *plan_memory(*folder, *reference, {}),
                     same = *plan_memory(*file, *reference, {});
    EXPECT_GT(planned.mapped_bytes, 0u);
    EXPECT_EQ(planned.mapped_bytes, same.mapped_bytes) << name;
    EXPECT_EQ(plan_memory(*folder, *backend_, {})->mapped_bytes, 0u) << name;
  }
}

TEST(FormatBytes, ThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 bytes");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(1024), "1.00 KB");
  EXPECT_EQ(format_bytes(10239), "10.0 KB");
  EXPECT_EQ(format_bytes(size_t(1536) << 20), "1.50 GB");
  EXPECT_EQ(format_bytes(size_t(1000) << 20), "0.98 GB");
  EXPECT_EQ(format_bytes(size_t(-1)), "16777216 TB");
}

}  // namespace
}  // namespace hearth
