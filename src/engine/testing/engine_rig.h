#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/causal_engine.h"
#include "engine/testing/fake_model.h"

// An engine with a fake model, for tests.

namespace hearth {

inline constexpr int kVocabSize = 26;
inline constexpr TokenId kEnd = 25;

/// Tokens are the letters a to y; z ends the turn.
inline Tokenizer letters(std::span<const TokenId> unused = {}) {
  VocabData data;
  data.model = "gpt2";
  data.pre = "gpt-2";
  for (int i = 0; i < kVocabSize; ++i) data.tokens.emplace_back(1, char('a' + i));
  data.token_types.assign(kVocabSize, TokenType::kNormal);
  data.token_types[kEnd] = TokenType::kControl;
  data.eos_id = kEnd;
  for (const TokenId id : unused) data.token_types[size_t(id)] = TokenType::kUnused;
  return *Tokenizer::create(std::move(data));
}

struct Completion {
  std::string text;  ///< the content
  std::vector<OutputPart> parts;
  std::vector<TokenId> ids;
  std::vector<SampledToken> prompt_logprobs;
  GenerateResult result;
  bool done = false;
};

/// A fake model, its cache and an engine, sized by the test.
struct Rig {
  struct Options {
    size_t context = 300;
    size_t max_running = 8;
    size_t token_budget = 64;
    size_t num_tokens = 4000;
    bool prefix_cache = true;
    ThreadPool* pool = nullptr;
    size_t max_waiting = 0;
    SpillOptions spill = {};
    SpeculationOptions speculation = {};
    int padding_rows = 0;    ///< of the model, beyond the vocabulary
    bool recurrent = false;  ///< the model has a state too
    std::vector<TokenId> unused = {};
    std::vector<TokenId> score_tokens = {};
  };

  Rig() : Rig(Options{}) {}
  explicit Rig(const Options& options)
      : tokenizer(letters(options.unused)),
        model(kVocabSize + options.padding_rows, int(options.token_budget), options.recurrent),
        cache(make_cache(options)) {
    engine = std::make_unique<CausalEngine>(
        model, cache, tokenizer,
        EngineOptions{.context = options.context,
                      .max_running = options.max_running,
                      .max_waiting = options.max_waiting,
                      .sampling = options.pool,
                      .prefix_cache = options.prefix_cache,
                      .spill = options.spill,
                      .speculation = options.speculation,
                      .score_tokens = options.score_tokens,
                      .clock = [this] { return std::chrono::seconds(++num_readings); }});
  }

  KvCache make_cache(const Options& options) {
    const auto layout = layout_kv_cache(model.cache_specs(), model.placement(),
                                        {.num_tokens = options.num_tokens,
                                         .num_sequences = options.max_running,
                                         .max_step = options.token_budget});
    return *KvCache::create(model.placement(), model.cache_specs(), *layout);
  }

  RequestId submit(GenerateRequest request) {
    auto completion = std::make_shared<Completion>();
    request.on_event = [completion](const GenerateEvent& event) {
      EXPECT_FALSE(completion->done) << "an event after the last one";
      completion->text += text_of(event.parts);
      for (const OutputPart& part : event.parts) append_part(completion->parts, part);
      for (const SampledToken& token : event.tokens) completion->ids.push_back(token.id);
      if (!event.prompt_logprobs.empty()) {
        EXPECT_TRUE(completion->prompt_logprobs.empty()) << "a prompt's logprobs came twice";
        EXPECT_EQ(completion->ids.size(), event.tokens.size()) << "they came behind tokens";
        completion->prompt_logprobs.assign(event.prompt_logprobs.begin(), event.prompt_logprobs.end());
      }
      if (event.result != nullptr) {
        completion->result = *event.result;
        completion->done = true;
      }
    };
    const RequestId id = *engine->submit(std::move(request));
    completions[id] = completion;
    return id;
  }
  void run() {
    while (engine->step()) {
    }
  }
  void expect_no_blocks_held() {
    engine->clear_prefix_cache();
    for (size_t g = 0; g < engine->ledger().num_groups(); ++g)
      EXPECT_EQ(engine->ledger().pool(g).num_used(), 0);
  }

  std::atomic<int64_t> num_readings = 0;  ///< of the clock, a second each
  Tokenizer tokenizer;
  FakeModel model;
  KvCache cache;
  std::unique_ptr<CausalEngine> engine;
  std::map<RequestId, std::shared_ptr<Completion>> completions;
};

inline std::vector<TokenId> random_tokens(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<TokenId> tokens;
  for (size_t i = 0; i < count; ++i) tokens.push_back(TokenId(random() % 25));
  return tokens;
}

/// A request with a random prompt, whose completion is random too.
inline GenerateRequest request(size_t prompt_size, uint32_t seed, size_t max_tokens = 50) {
  GenerateRequest request;
  request.prompt = random_tokens(prompt_size, seed);
  request.sampling.seed = seed;
  request.sampling.temperature = 1.0f;
  request.max_tokens = max_tokens;
  return request;
}

}  // namespace hearth
