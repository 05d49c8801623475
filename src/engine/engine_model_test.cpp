#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "engine/causal_engine.h"
#include "engine/memory/memory_plan.h"
#include "engine/schedule/token_feed.h"
#include "formats/open_model_files.h"

// The engine with the default model: results depend on the request alone, bit for bit.

namespace hearth {
namespace {

constexpr size_t kContext = 512;

/// The default model on a number of threads, for batches of a size.
struct Loaded {
  Loaded(int threads, size_t max_batch, size_t num_sequences)
      : pool(threads),
        backend(*make_cpu_backend(pool, "")),
        files(*open_model_files(std::getenv("HEARTH_TEST_MODEL"))),
        model(*load_causal_model(*files, *backend,
                                 {.max_batch_tokens = int(max_batch), .context_limit = int(kContext)})),
        cache(*KvCache::create(*backend, model->cache_specs(),
                               *layout_kv_cache(model->cache_specs(), *backend,
                                                {.num_tokens = kContext * num_sequences,
                                                 .num_sequences = num_sequences,
                                                 .max_step = max_batch}))),
        tokenizer(*Tokenizer::create(*files->vocabulary(no_log()))) {}

  ThreadPool pool;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<ModelFiles> files;
  std::unique_ptr<CausalModel> model;
  KvCache cache;
  Tokenizer tokenizer;
};

class EngineModel : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(std::getenv("HEARTH_TEST_MODEL"), nullptr)
        << "set HEARTH_TEST_MODEL to the default model's file (./dev test does)";
  }
};

/// Logits of every token of a text, fed in steps.
std::vector<float> all_logits(Loaded& loaded, std::span<const TokenId> tokens, size_t step) {
  ModelRunner runner(*loaded.model, loaded.cache);
  TokenFeed feed(runner);
  std::vector<float> result;
  for (size_t begin = 0; begin < tokens.size(); begin += step) {
    const auto chunk = tokens.subspan(begin, std::min(step, tokens.size() - begin));
    EXPECT_TRUE(feed.append(chunk, chunk.size()).has_value());
    for (size_t i = 0; i < chunk.size(); ++i) {
      const auto logits = runner.logits(i);
      result.insert(result.end(), logits.begin(), logits.end());
    }
  }
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

const std::string kText =
    "Call me Ishmael. Some years ago - never mind how long precisely - having little or no money in my "
    "purse, and "
    "nothing particular to interest me on shore, I thought I would sail about a little and see the watery "
    "part of "
    "the world. It is a way I have of driving off the spleen and regulating the circulation. 1234567890.";

TEST_F(EngineModel, LogitsDoNotDependOnStepsNorThreads) {
  Loaded loaded(2, 128, 1);
  const auto tokens = *loaded.tokenizer.encode(kText, {});
  ASSERT_GT(tokens.size(), 70u);
  const auto expected = all_logits(loaded, tokens, tokens.size());
  for (size_t step : {1, 2, 3, 7, 8, 9, 31, 33, 64}) {
    EXPECT_TRUE(same_bits(all_logits(loaded, tokens, step), expected)) << "in steps of " << step;
  }
  for (int threads : {1, 3, 4}) {
    Loaded other(threads, 128, 1);
    EXPECT_TRUE(same_bits(all_logits(other, tokens, 50), expected)) << threads << " threads";
  }
}

TEST_F(EngineModel, CompletionsDoNotDependOnTheBatch) {
  const std::vector<std::string> prompts = {"The capital of France is", "Once upon a time", kText,
                                            "def f(x):", "7"};
  const auto run = [&](size_t max_running, size_t max_batch) {
    Loaded loaded(2, max_batch, max_running);
    CausalEngine engine(
        *loaded.model, loaded.cache, loaded.tokenizer,
        {.context = kContext, .max_running = max_running, .sampling = &loaded.pool, .clock = [] {
           return std::chrono::nanoseconds();
         }});
    std::vector<std::string> completions(prompts.size());
    for (size_t i = 0; i < prompts.size(); ++i) {
      GenerateRequest request;
      request.prompt = *loaded.tokenizer.encode(prompts[i], {});
      request.sampling.seed = i;
      request.sampling.temperature = i % 2 == 0 ? 0.0f : 1.0f;
      request.max_tokens = 24;
      request.ignore_eos = true;
      request.on_event = [&, i](const GenerateEvent& event) { completions[i] += text_of(event.parts); };
      EXPECT_TRUE(engine.submit(std::move(request)).has_value());
    }
    while (engine.step()) {
    }
    return completions;
  };
  const auto alone = run(1, 128);
  for (const std::string& completion : alone) EXPECT_GT(completion.size(), 10u);
  EXPECT_EQ(run(5, 128), alone);
  EXPECT_EQ(run(5, 11), alone);
}

TEST_F(EngineModel, DraftsChangeNoText) {
  struct Outcome {
    std::vector<std::string> completions;
    EngineStats stats;
  };
  const auto run = [&](const SpeculationOptions& speculation) {
    Loaded loaded(2, 128, 4);
    CausalEngine engine(*loaded.model, loaded.cache, loaded.tokenizer,
                        {.context = kContext,
                         .max_running = 4,
                         .sampling = &loaded.pool,
                         .speculation = speculation,
                         .clock = [] { return std::chrono::nanoseconds(); }});
    Outcome outcome;
    const std::vector<std::string> prompts = {kText + " " + kText.substr(0, 60), "1 2 3 4 5 6 7 8 9 1 2 3 4",
                                              "The capital of France is", "a b a b a b a b"};
    outcome.completions.resize(prompts.size());
    for (size_t i = 0; i < prompts.size(); ++i) {
      GenerateRequest request;
      request.prompt = *loaded.tokenizer.encode(prompts[i], {});
      request.sampling.seed = i;
      request.sampling.temperature = i < 2 ? 0.0f : 0.8f;
      request.sampling.repetition_penalty = i == 2 ? 1.1f : 1.0f;
      request.max_tokens = 32;
      request.ignore_eos = true;
      request.on_event = [&, i](const GenerateEvent& event) {
        outcome.completions[i] += text_of(event.parts);
      };
      EXPECT_TRUE(engine.submit(std::move(request)).has_value());
    }
    while (engine.step()) {
    }
    outcome.stats = engine.stats();
    return outcome;
  };
  const Outcome plain = run({});
  const Outcome ngrams = run({.max_drafts = 4});
  EXPECT_EQ(ngrams.completions, plain.completions);
  EXPECT_GT(ngrams.stats.num_accepted_tokens, 10u);
  EXPECT_LT(ngrams.stats.num_steps, plain.stats.num_steps);
  // The model drafts for itself: with the same random numbers it is nearly always right.
  Loaded draft(2, 128, 4);
  const Outcome drafted =
      run({.max_drafts = 3, .ngrams = false, .draft = draft.model.get(), .draft_cache = &draft.cache});
  EXPECT_EQ(drafted.completions, plain.completions);
  EXPECT_GT(double(drafted.stats.num_accepted_tokens), 0.9 * double(drafted.stats.num_draft_tokens));
}

}  // namespace
}  // namespace hearth
