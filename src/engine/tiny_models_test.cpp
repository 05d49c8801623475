#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "engine/engine.h"
#include "engine/memory/memory_plan.h"
#include "formats/open_model_files.h"
#include "models/testing/tiny_model.h"

// The engine with small random models of every architecture: windows, shared prefixes and steps change no
// answer.

namespace hearth {
namespace {

struct Case {
  std::string model;
  bool reference;
};
void PrintTo(const Case& one, std::ostream* stream) {
  *stream << one.model << (one.reference ? " (f32)" : "");
}

class TinyModels : public testing::TestWithParam<Case> {};

struct Company {
  size_t budget = 64;
  bool prefix_cache = false;
  size_t max_running = 1;
  size_t max_drafts = 0;  ///< guessed by the same model
};

/// Three turns of a chat beside an unrelated text; the ids of all answers.
std::vector<std::vector<TokenId>> chat(const Case& one, const Company& company) {
  ThreadPool pool(2);
  const std::unique_ptr<Backend> backend =
      one.reference ? make_reference_backend(pool) : std::move(*make_cpu_backend(pool, ""));
  const auto files = *open_model_files(HEARTH_SOURCE_DIR "/tests/fixtures/models/" + one.model + ".gguf");
  MemoryRequest memory;
  memory.kv_dtype = one.reference ? DType::kF32 : DType::kF16;
  memory.num_sequences = company.max_running;
  memory.max_batch_tokens = company.budget;
  const MemoryPlan plan = *plan_memory(*files, *backend, memory);
  const auto model = *load_model(*files, *backend, {.max_batch_tokens = int(company.budget)});
  KvCache cache = *KvCache::create(*backend, model->cache_specs(), plan.kv);
  const auto draft = *load_model(*files, *backend, {.max_batch_tokens = int(company.budget)});
  KvCache draft_cache = *KvCache::create(*backend, draft->cache_specs(), plan.kv);
  const Tokenizer tokenizer = *Tokenizer::create(*files->vocabulary(no_log()));
  Engine engine(
      *model, cache, tokenizer,
      {.context = plan.context,
       .max_running = company.max_running,
       .prefix_cache = company.prefix_cache,
       .speculation = {.max_drafts = company.max_drafts, .draft = draft.get(), .draft_cache = &draft_cache},
       .clock = [] { return std::chrono::nanoseconds(); }});
  const TokenId vocab_size = model->config().vocab_size;
  std::vector<std::vector<TokenId>> answers;
  std::vector<TokenId> history;
  for (TokenId i = 0; i < 70; ++i) history.push_back((i * 37 + 5) % vocab_size);
  const auto ask = [&](std::vector<TokenId> prompt, size_t slot) {
    GenerateRequest request;
    request.prompt = std::move(prompt);
    request.sampling.seed = slot;
    request.sampling.temperature = 1.0f;
    request.max_tokens = 20;
    request.ignore_eos = true;
    request.on_event = [&answers, slot](const GenerateEvent& event) {
      for (const SampledToken& token : event.tokens) answers[slot].push_back(token.id);
    };
    EXPECT_TRUE(engine.submit(std::move(request)).has_value());
  };
  for (size_t turn = 0; turn < 3; ++turn) {
    answers.resize(answers.size() + 2);
    ask(history, 2 * turn);
    ask({1, 2, TokenId(turn)}, 2 * turn + 1);
    while (engine.step()) {
    }
    EXPECT_EQ(engine.stats().num_accepted_tokens > 0, company.max_drafts > 0);
    history.insert(history.end(), answers[2 * turn].begin(), answers[2 * turn].end());
    for (TokenId i = 0; i < 9; ++i) history.push_back((i * 11 + TokenId(turn)) % vocab_size);
  }
  return answers;
}

TEST_P(TinyModels, AnswersDoNotDependOnCompanyOrCache) {
  const auto alone = chat(GetParam(), {});
  ASSERT_EQ(alone.size(), 6u);
  for (const auto& answer : alone) ASSERT_EQ(answer.size(), 20u);
  EXPECT_EQ(chat(GetParam(), {.budget = 64, .prefix_cache = true}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 13, .prefix_cache = true, .max_running = 2}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 64, .prefix_cache = true, .max_running = 2, .max_drafts = 3}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 5, .prefix_cache = false, .max_running = 2}), alone);
}

/// Every model on the CPU; on the reference, which is slow, one that sees everything and one with windows.
std::vector<Case> all_cases() {
  std::vector<Case> cases{{"llama3", true}, {"gemma3", true}};
  for (const std::string& name : TinyModel::names()) cases.push_back({name, false});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Architectures, TinyModels, testing::ValuesIn(all_cases()), [](const auto& test) {
  return test.param.model + std::string(test.param.reference ? "_f32" : "");
});

}  // namespace
}  // namespace hearth
