#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "engine/speculate/speculator.h"
#include "engine/testing/engine_rig.h"

namespace hearth {
namespace {

/// Requests whose completions repeat themselves or do not, with every step of sampling that looks back.
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
    EXPECT_TRUE(rig.completions[id]->done);
    outcome.texts.push_back(rig.completions[id]->text);
    outcome.ids.push_back(rig.completions[id]->ids);
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
    const Outcome drafted = run_all(options);
    EXPECT_EQ(drafted.texts, plain.texts);
    EXPECT_EQ(drafted.ids, plain.ids);
    EXPECT_GT(drafted.stats.num_accepted_tokens, 20u);
    EXPECT_LT(drafted.stats.num_accepted_tokens, drafted.stats.num_draft_tokens);
  }
}

TEST(Speculation, ADraftModelChangesNoTextEither) {
  const Outcome plain = run_all({});
  // The same model is right nearly always: it draws with the same random numbers.
  for (const bool ngrams : {false, true}) {
    Rig drafts({.max_running = 8});
    Rig::Options options;
    options.speculation = {
        .max_drafts = 3, .ngrams = ngrams, .draft = &drafts.model, .draft_cache = &drafts.cache};
    const Outcome drafted = run_all(options);
    EXPECT_EQ(drafted.texts, plain.texts);
    EXPECT_EQ(drafted.ids, plain.ids);
    EXPECT_LT(drafted.num_steps, plain.num_steps);
    if (!ngrams) {
      EXPECT_GT(double(drafted.stats.num_accepted_tokens), 0.6 * double(drafted.stats.num_draft_tokens));
    }
    for (size_t g = 0; g < drafts.cache.ledger().num_groups(); ++g) {
      EXPECT_EQ(drafts.cache.ledger().pool(g).num_used(), 0);
    }
  }
}

TEST(Speculation, ADraftCacheThatIsTooSmallOnlyCostsDrafts) {
  const Outcome plain = run_all({});
  Rig drafts({.context = 64, .max_running = 1, .num_tokens = 64});
  Rig::Options options;
  options.speculation = {
      .max_drafts = 3, .ngrams = false, .draft = &drafts.model, .draft_cache = &drafts.cache};
  EXPECT_EQ(run_all(options).texts, plain.texts);
}

TEST(Speculation, NgramsFindWhatFollowedBefore) {
  NgramIndex index;
  const auto draft = [&](const std::vector<TokenId>& text, size_t count) {
    return index.draft(text, count).tokens;
  };
  std::vector<TokenId> text = {1, 2, 3, 4, 5, 6, 9, 1, 2, 3, 4};
  EXPECT_EQ(draft(text, 3), (std::vector<TokenId>{5, 6, 9}));
  text.push_back(7);
  EXPECT_TRUE(draft(text, 3).empty());
  for (TokenId id : {1, 2}) text.push_back(id);
  EXPECT_EQ(draft(text, 2), (std::vector<TokenId>{3, 4})) << "two tokens are enough";
  for (TokenId id : {8, 8, 8}) text.push_back(id);
  EXPECT_EQ(draft(text, 4), (std::vector<TokenId>{8, 8, 8, 8})) << "a repetition goes on";
}

TEST(Speculation, NgramsPreferTheLongestAgreement) {
  NgramIndex index;
  const std::vector<TokenId> text = {7, 1, 2, 3, 4, 5, 8, 1, 2, 3, 4, 6, 9, 7, 1, 2, 3, 4};
  const NgramIndex::Draft longest = index.draft(text, 1);
  EXPECT_EQ(longest.tokens, std::vector<TokenId>{5}) << "the latest would say 6";
  EXPECT_EQ(longest.num_matched, 5u);
  std::vector<TokenId> same(100, 3);
  EXPECT_EQ(NgramIndex().draft(same, 1).num_matched, NgramIndex::kMostMatched);
}

TEST(StepCost, IsMeasuredForEachNumberOfRows) {
  StepCost cost;
  EXPECT_LT(cost.step_ns(1), cost.step_ns(2)) << "an assumption";
  for (int i = 0; i < 20; ++i) {
    for (size_t rows : {1, 4, 8}) cost.observe(rows, std::chrono::microseconds(rows == 8 ? 3000 : 1000));
  }
  EXPECT_NEAR(cost.step_ns(4), 1e6, 1e4);
  EXPECT_NEAR(cost.step_ns(6), 2e6, 2e4) << "between its neighbours";
  EXPECT_GT(cost.step_ns(16), cost.step_ns(8));
  EXPECT_GT(cost.step_ns(100'000), 0.0);
}

TEST(StepCost, FollowsTheMachineButNoHiccup) {
  StepCost cost;
  for (int i = 0; i < 20; ++i) {
    for (size_t rows : {1, 4}) cost.observe(rows, std::chrono::microseconds(1000));
  }
  cost.observe(4, std::chrono::seconds(1));
  EXPECT_LT(cost.step_ns(4), 1.2e6);
  for (int i = 0; i < 50; ++i) cost.observe(1, std::chrono::microseconds(2000));
  EXPECT_NEAR(cost.step_ns(1), 2e6, 5e4);
  EXPECT_GT(cost.step_ns(4), 1.3e6) << "the other steps are slower too";
  for (int i = 0; i < 600; ++i) cost.observe(1, std::chrono::microseconds(2000));
  EXPECT_NEAR(cost.step_ns(4), 2.9e6, 1e5) << "what was not seen for long is interpolated again";
}

/// Draft tokens of one sequence in 100 steps of a text that repeats itself or is random, where each row costs
/// a share of a step.
size_t drafts_in(bool repeats, double share) {
  Rig rig;
  Speculator speculator({.max_drafts = 4}, kVocabSize);
  const auto observe_step = [&](size_t rows) {
    speculator.observe_step(rows, std::chrono::nanoseconds(int64_t(1e6 * (1 + share * double(rows - 1)))));
  };
  for (size_t i = 0; i < 100; ++i) observe_step(1 + i % 4);
  std::mt19937 random(1);
  const auto next = [&](size_t position) { return TokenId(repeats ? position % 10 : random() % 24); };
  GenerateRequest one = request(600, 1, 1000);
  std::vector<TokenId> prompt;
  for (size_t i = 0; i < one.prompt.size(); ++i) prompt.push_back(next(i));
  one.prompt = std::move(prompt);
  SamplingParams params;
  params.seed = 1;
  Sequence sequence(1, std::move(one), rig.tokenizer, Sampler(params, {}));
  sequence.max_length = 2000;
  Sequence* const pointer = &sequence;
  size_t total = 0;
  for (int i = 0; i < 200; ++i) {
    sequence.num_computed = sequence.tokens.size() - 1;
    speculator.draft({&pointer, 1}, [] { return std::chrono::nanoseconds(); });
    if (i >= 100) total += sequence.drafts.size();
    observe_step(1 + sequence.drafts.size());
    sequence.tokens.push_back(next(sequence.tokens.size()));
  }
  return total;
}

TEST(Speculation, SwitchesItselfOffWhereItDoesNotPay) {
  EXPECT_EQ(drafts_in(true, 0.1), 400u);
  EXPECT_LE(drafts_in(false, 0.1), 12u) << "what follows two tokens is right once in 24 times";
  EXPECT_EQ(drafts_in(true, 1.2), 0u) << "rows are too dear even for drafts that are always right";
  EXPECT_GT(drafts_in(false, 0.0), 50u) << "a row that costs nothing is worth any chance";
}

}  // namespace
}  // namespace hearth
