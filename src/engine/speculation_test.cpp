#include <cmath>

#include <gtest/gtest.h>

#include "engine/engine_rig.h"
#include "engine/speculator.h"

namespace hearth {
namespace {

/// Requests whose answers repeat themselves, others that do not, and every step of sampling that looks back.
std::vector<GenerateRequest> mixed() {
  std::vector<GenerateRequest> made;
  for (uint32_t i = 0; i < 8; ++i) {
    GenerateRequest one = request(5 + i * 13, i, 40);
    if (i % 2 == 0) one.sampling.logit_bias = {{3, 6.0f}, {4, 5.0f}};
    if (i % 3 == 0) one.sampling.temperature = 0.0f;
    if (i == 4) one.sampling.mirostat.enabled = true;
    if (i == 5) one.sampling.num_logprobs = 2;
    if (i == 6) one.sampling.repetition_penalty = 1.2f;
    if (i == 7) one.stop = {"abc", "dd"};
    if (i == 1) one.min_tokens = 20;
    made.push_back(std::move(one));
  }
  return made;
}

struct Outcome {
  std::vector<std::string> texts;
  std::vector<std::vector<TokenId>> ids;
  EngineStats stats;
  size_t num_steps;
};

Outcome run_all(const Rig::Options& options) {
  Rig rig(options);
  std::vector<RequestId> ids;
  for (GenerateRequest& one : mixed()) ids.push_back(rig.submit(std::move(one)));
  rig.run();
  Outcome outcome;
  for (RequestId id : ids) {
    EXPECT_TRUE(rig.answers[id]->done);
    outcome.texts.push_back(rig.answers[id]->text);
    outcome.ids.push_back(rig.answers[id]->ids);
  }
  outcome.stats = rig.engine->stats();
  outcome.num_steps = rig.model.num_steps;
  rig.expect_no_blocks_held();
  return outcome;
}

TEST(Speculation, TextsAreThoseOfPlainDecoding) {
  const Outcome plain = run_all({});
  for (size_t max_running : {1, 8}) {
    Rig::Options options;
    options.max_running = max_running;
    options.speculation.max_drafts = 4;
    const Outcome guessed = run_all(options);
    EXPECT_EQ(guessed.texts, plain.texts);
    EXPECT_EQ(guessed.ids, plain.ids);
    EXPECT_GT(guessed.stats.num_accepted_tokens, 20u);
    EXPECT_LT(guessed.stats.num_accepted_tokens, guessed.stats.num_draft_tokens);
  }
}

TEST(Speculation, ADraftModelChangesNoTextEither) {
  const Outcome plain = run_all({});
  // The same model guesses right nearly always: it draws with the same random numbers.
  for (const bool ngrams : {false, true}) {
    Rig drafts({.max_running = 8});
    Rig::Options options;
    options.speculation = {
        .max_drafts = 3, .ngrams = ngrams, .draft = &drafts.model, .draft_cache = &drafts.cache};
    const Outcome guessed = run_all(options);
    EXPECT_EQ(guessed.texts, plain.texts);
    EXPECT_EQ(guessed.ids, plain.ids);
    EXPECT_LT(guessed.num_steps, plain.num_steps);
    if (!ngrams) {
      EXPECT_GT(double(guessed.stats.num_accepted_tokens), 0.6 * double(guessed.stats.num_draft_tokens));
    }
    for (size_t g = 0; g < drafts.cache.ledger().num_groups(); ++g) {
      EXPECT_EQ(drafts.cache.ledger().pool(g).num_used(), 0);
    }
  }
}

TEST(Speculation, ADraftCacheThatIsTooSmallOnlyCostsGuesses) {
  const Outcome plain = run_all({});
  Rig drafts({.context = 64, .max_running = 1, .num_tokens = 64});
  Rig::Options options;
  options.speculation = {
      .max_drafts = 3, .ngrams = false, .draft = &drafts.model, .draft_cache = &drafts.cache};
  EXPECT_EQ(run_all(options).texts, plain.texts);
}

TEST(Speculation, NgramsFindWhatFollowedBefore) {
  NgramIndex index;
  std::vector<TokenId> text = {1, 2, 3, 4, 5, 6, 9, 1, 2, 3, 4};
  EXPECT_EQ(index.guess(text, 3), (std::vector<TokenId>{5, 6, 9}));
  text.push_back(7);
  EXPECT_TRUE(index.guess(text, 3).empty());
  for (TokenId id : {1, 2}) text.push_back(id);
  EXPECT_EQ(index.guess(text, 2), (std::vector<TokenId>{3, 4})) << "two tokens are enough";
  for (TokenId id : {8, 8, 8}) text.push_back(id);
  EXPECT_EQ(index.guess(text, 4), (std::vector<TokenId>{8, 8, 8, 8})) << "a repetition goes on";
}

TEST(Speculation, ARowsCostIsMeasured) {
  StepCost cost;
  EXPECT_GT(cost.row_share(1), 0.0);
  for (int i = 0; i < 100; ++i) {
    const size_t rows = 1 + size_t(i % 5);
    cost.observe(rows, std::chrono::microseconds(1000 + 100 * (rows - 1)));
  }
  EXPECT_NEAR(cost.row_share(1), 0.1, 0.001);
  EXPECT_NEAR(cost.step_ns(5), 1.4e6, 1e3);
}

/// Guesses of one sequence after steps in which they were right or wrong, each row costing a share of a step.
size_t guesses_after(bool right, double share) {
  Rig rig;
  Speculator speculator({.max_drafts = 4});
  for (size_t i = 0; i < 100; ++i) {
    const size_t rows = 1 + i % 4;
    speculator.observe_step(rows, std::chrono::nanoseconds(int64_t(1e6 * (1 + share * double(rows - 1)))));
  }
  GenerateRequest one = request(40, 1, 100);
  std::ranges::fill(one.prompt, 3);
  SamplingParams params;
  params.seed = 1;
  const Clock clock = [] { return std::chrono::nanoseconds(); };
  Sequence sequence(1, std::move(one), rig.tokenizer, Sampler(params, {}));
  sequence.max_length = 100;
  sequence.num_computed = 39;
  Sequence* const pointer = &sequence;
  for (int i = 0; i < 40; ++i) {
    speculator.guess({&pointer, 1}, clock);
    const size_t count = sequence.drafts.size();
    speculator.observe(sequence, count, right ? count : 0);
  }
  size_t total = 0;
  for (int i = 0; i < 100; ++i) {
    speculator.guess({&pointer, 1}, clock);
    total += sequence.drafts.size();
  }
  return total;
}

TEST(Speculation, SwitchesItselfOffWhereItDoesNotPay) {
  EXPECT_EQ(guesses_after(true, 0.1), 400u);
  EXPECT_LE(guesses_after(false, 0.1), 3u) << "only to see whether it would now";
  EXPECT_LE(guesses_after(true, 1.2), 3u) << "rows are too dear even for right guesses";
}

}  // namespace
}  // namespace hearth
