#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "backend/testing/remote_device.h"
#include "engine/causal_engine.h"
#include "engine/memory/memory_plan.h"
#include "engine/testing/temporary_folder.h"
#include "formats/open_model_files.h"
#include "models/testing/alternating.h"
#include "models/testing/tiny_model.h"

// The engine with small random models of every architecture: windows, shared prefixes and steps change no
// answer.

namespace hearth {
namespace {

/// What a model runs on.
enum class On : uint8_t {
  kCpu,
  kReference,
  kRemote,  ///< with the numerics of the CPU, out of the host's reach
  kTwo,     ///< the CPU and such a device in turns
};
std::string_view name_of(On device) {
  constexpr std::string_view kNames[] = {"", "_f32", "_remote", "_two"};
  return kNames[size_t(device)];
}

struct Case {
  std::string model;
  On device = On::kCpu;
};
void PrintTo(const Case& one, std::ostream* stream) { *stream << one.model << name_of(one.device); }

std::vector<std::unique_ptr<Backend>> make_devices(On device, ThreadPool& pool) {
  std::vector<std::unique_ptr<Backend>> devices;
  if (device == On::kReference) devices.push_back(make_reference_backend(pool));
  if (device == On::kCpu || device == On::kTwo) devices.push_back(*make_cpu_backend(pool, ""));
  if (device == On::kRemote || device == On::kTwo) {
    devices.push_back(std::make_unique<RemoteDevice>(*make_cpu_backend(pool, "")));
  }
  return devices;
}

Placement place(std::span<const std::unique_ptr<Backend>> devices, const ModelFiles& files) {
  if (devices.size() == 1) return *devices[0];
  return alternating(*devices[0], *devices[1], describe_model(files)->config.num_hidden_layers);
}

class TinyModels : public testing::TestWithParam<Case> {};

struct Company {
  size_t budget = 64;
  bool prefix_cache = false;
  size_t max_running = 1;
  size_t max_drafts = 0;  ///< drafted by the same model
};

/// An engine with a tiny model.
class TinyEngine {
 public:
  TinyEngine(const Case& one, const Company& company, const SpillOptions& spill = {})
      : devices_(make_devices(one.device, pool_)),
        files_(*open_model_files(TinyModel::path(one.model))),
        placement_(place(devices_, *files_)),
        plan_(*plan_memory(*files_, placement_,
                           {.kv_dtype = one.device == On::kReference ? DType::kF32 : DType::kF16,
                            .num_sequences = company.max_running,
                            .max_batch_tokens = company.budget})),
        model_(load(company)),
        cache_(*KvCache::create(placement_, model_->cache_specs(), plan_.kv)),
        draft_(load(company)),
        draft_cache_(*KvCache::create(placement_, draft_->cache_specs(), plan_.kv)),
        tokenizer_(*Tokenizer::create(*files_->vocabulary(no_log()))) {
    engine_ =
        std::make_unique<CausalEngine>(*model_, cache_, tokenizer_,
                                       EngineOptions{.context = plan_.context,
                                                     .max_running = company.max_running,
                                                     .prefix_cache = company.prefix_cache,
                                                     .spill = spill,
                                                     .speculation = {.max_drafts = company.max_drafts,
                                                                     .draft = draft_.get(),
                                                                     .draft_cache = &draft_cache_},
                                                     .clock = [] { return std::chrono::nanoseconds(); }});
  }

  /// The ids of the answer go to `answers[slot]`.
  void ask(std::vector<TokenId> prompt, size_t slot, const std::string& tenant = {}) {
    GenerateRequest request;
    request.prompt = std::move(prompt);
    request.sampling.seed = slot;
    request.sampling.temperature = 1.0f;
    request.max_tokens = 20;
    request.ignore_eos = true;
    request.tenant = tenant;
    answers.resize(std::max(answers.size(), slot + 1));
    request.on_event = [this, slot](const GenerateEvent& event) {
      for (const SampledToken& token : event.tokens) answers[slot].push_back(token.id);
    };
    EXPECT_TRUE(engine_->submit(std::move(request)).has_value());
  }
  bool step() { return engine_->step(); }
  EngineStats stats() const { return engine_->stats(); }
  TokenId vocab_size() const { return model_->config().vocab_size; }
  /// Whether the last tokens can be taken back.
  bool keeps_positions() const { return cache_.ledger().keeps_positions(); }

  std::vector<std::vector<TokenId>> answers;

 private:
  std::unique_ptr<CausalModel> load(const Company& company) {
    return std::move(*load_causal_model(*files_, placement_, {.max_batch_tokens = int(company.budget)}));
  }

  ThreadPool pool_{2};
  std::vector<std::unique_ptr<Backend>> devices_;
  std::unique_ptr<ModelFiles> files_;
  Placement placement_;
  MemoryPlan plan_;
  std::unique_ptr<CausalModel> model_;
  KvCache cache_;
  std::unique_ptr<CausalModel> draft_;
  KvCache draft_cache_;
  Tokenizer tokenizer_;
  std::unique_ptr<CausalEngine> engine_;
};

std::vector<TokenId> spread_tokens(TokenId count, TokenId step, TokenId vocab_size) {
  std::vector<TokenId> tokens;
  for (TokenId i = 0; i < count; ++i) tokens.push_back((i * step + 5) % vocab_size);
  return tokens;
}

/// Three turns of a chat beside an unrelated text; the ids of all answers.
std::vector<std::vector<TokenId>> chat(const Case& one, const Company& company) {
  TinyEngine engine(one, company);
  std::vector<TokenId> history = spread_tokens(70, 37, engine.vocab_size());
  for (size_t turn = 0; turn < 3; ++turn) {
    engine.ask(history, 2 * turn);
    engine.ask({1, 2, TokenId(turn)}, 2 * turn + 1);
    while (engine.step()) {
    }
    const bool drafts = company.max_drafts > 0 && engine.keeps_positions();
    EXPECT_EQ(engine.stats().num_accepted_tokens > 0, drafts);
    history.insert(history.end(), engine.answers[2 * turn].begin(), engine.answers[2 * turn].end());
    for (TokenId i = 0; i < 9; ++i) history.push_back((i * 11 + TokenId(turn)) % engine.vocab_size());
  }
  EXPECT_EQ(engine.stats().num_cached_tokens > 0, company.prefix_cache);
  return engine.answers;
}

/// Two requests of one user; when both have begun to answer, one of another, for which one gives way.
std::vector<std::vector<TokenId>> crowd(const Case& one, const SpillOptions& spill, EngineStats& stats) {
  TinyEngine engine(one, {.budget = 32, .prefix_cache = !spill.folder.empty(), .max_running = 2}, spill);
  engine.ask(spread_tokens(90, 37, engine.vocab_size()), 0, "first");
  engine.ask(spread_tokens(70, 23, engine.vocab_size()), 1, "first");
  while (engine.answers[0].size() < 4 || engine.answers[1].size() < 4) EXPECT_TRUE(engine.step());
  engine.ask(spread_tokens(40, 11, engine.vocab_size()), 2, "second");
  while (engine.step()) {
  }
  stats = engine.stats();
  return engine.answers;
}

TEST_P(TinyModels, AnswersDoNotDependOnCompanyOrCache) {
  const auto alone = chat(GetParam(), {});
  ASSERT_EQ(alone.size(), 6u);
  for (const auto& answer : alone) ASSERT_EQ(answer.size(), 20u);
  EXPECT_EQ(chat(GetParam(), {.budget = 64, .prefix_cache = true}), alone);
  // Devices of the same numerics give the same answers.
  if (GetParam().device >= On::kRemote) EXPECT_EQ(chat({GetParam().model}, {}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 13, .prefix_cache = true, .max_running = 2}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 64, .prefix_cache = true, .max_running = 2, .max_drafts = 3}), alone);
  EXPECT_EQ(chat(GetParam(), {.budget = 5, .prefix_cache = false, .max_running = 2}), alone);
}

TEST_P(TinyModels, AnswersSurviveGivingWayAndARestart) {
  TinyEngine alone(GetParam(), {});
  alone.ask(spread_tokens(90, 37, alone.vocab_size()), 0);
  alone.ask(spread_tokens(70, 23, alone.vocab_size()), 1);
  alone.ask(spread_tokens(40, 11, alone.vocab_size()), 2);
  while (alone.step()) {
  }
  EngineStats stats;
  EXPECT_EQ(crowd(GetParam(), {}, stats), alone.answers);
  EXPECT_GT(stats.num_preemptions, 0u);

  const TemporaryFolder folder;
  const SpillOptions spill{.folder = folder.path,
                           .max_bytes = 1 << 24,
                           .model_digest = [] { return std::optional<std::string>("tiny"); },
                           .most_at_end = std::chrono::hours(1)};
  EXPECT_EQ(crowd(GetParam(), spill, stats), alone.answers);
  const uint64_t computed = stats.num_computed_tokens;
  EXPECT_EQ(crowd(GetParam(), spill, stats), alone.answers);
  // How much is read before it is computed depends on the disk.
  EXPECT_LT(stats.num_computed_tokens, computed) << "the rest was on disk";
}

/// Every model on the CPU; on the others, which are slow, one that sees everything, one with windows and one
/// with states.
std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const std::string& name : TinyModel::names()) cases.push_back({name});
  for (const char* name : {"llama3", "gemma3", "mamba2"}) {
    for (const On device : {On::kReference, On::kRemote, On::kTwo}) cases.push_back({name, device});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Architectures, TinyModels, testing::ValuesIn(all_cases()), [](const auto& test) {
  return test.param.model + std::string(name_of(test.param.device));
});

}  // namespace
}  // namespace hearth
