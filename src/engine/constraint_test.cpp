#include <algorithm>
#include <chrono>
#include <future>
#include <limits>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/testing/constraints.h"
#include "engine/testing/engine_rig.h"

// Requests whose tokens are constrained: no mask is ever violated, and nothing else depends on it.

namespace hearth {
namespace {

constexpr uint32_t kNumRequests = 12;

/// Narrow and wide ones.
RandomConstraint::Options constraint_of(uint32_t i) {
  return {.seed = i, .vocab_size = kVocabSize, .percent = i % 4 == 1 ? size_t(97) : size_t(3)};
}

/// Constrained and free ones, by every path of the sampler.
GenerateRequest mixed(uint32_t i) {
  GenerateRequest one = request(5 + i * 13, i, 90);
  if (i % 4 != 3) one.constraints.push_back(std::make_unique<RandomConstraint>(constraint_of(i)));
  if (i % 3 == 0) one.sampling.temperature = 0.0f;
  if (i == 2) one.sampling.mirostat.enabled = true;
  if (i == 4) one.sampling.num_logprobs = 3;
  if (i == 5) one.sampling.repetition_penalty = 1.3f;
  if (i == 6) one.sampling.frequency_penalty = 0.5f;
  if (i == 8) one.sampling.logit_bias = {{3, 6.0f}, {4, 5.0f}};
  if (i == 9) one.min_tokens = 30;
  if (i == 10) one.sampling.top_k = 3;
  if (i == 10) one.ignore_eos = true;
  return one;
}

void expect_obeyed(uint32_t i, std::span<const TokenId> ids) {
  if (i % 4 == 3) return;
  for (size_t k = 0; k < ids.size(); ++k) {
    ASSERT_TRUE(RandomConstraint::may_follow(constraint_of(i), ids.first(k), ids[k]))
        << "token " << k << " of request " << i;
  }
}

struct Outcome {
  std::vector<std::vector<TokenId>> ids;
  EngineStats stats;
};

Outcome run_all(const Rig::Options& options) {
  Rig rig(options);
  std::vector<RequestId> submitted;
  for (uint32_t i = 0; i < kNumRequests; ++i) {
    submitted.push_back(rig.submit(mixed(i)));
    if (i % 3 == 0) rig.engine->step();
  }
  rig.run();
  Outcome outcome;
  for (uint32_t i = 0; i < kNumRequests; ++i) {
    const Completion& completion = *rig.completions[submitted[i]];
    EXPECT_NE(completion.result.reason, FinishReason::kError) << completion.result.error->message;
    expect_obeyed(i, completion.ids);
    outcome.ids.push_back(completion.ids);
  }
  outcome.stats = rig.engine->stats();
  rig.expect_no_blocks_held();
  return outcome;
}

TEST(Constraint, MasksAreObeyedAloneAndInCompanyAlike) {
  const Outcome alone = run_all({.max_running = 1});
  size_t longest = 0;
  for (const auto& ids : alone.ids) longest = std::max(longest, ids.size());
  EXPECT_EQ(longest, 90u);
  ThreadPool pool(3);
  for (const size_t budget : {1, 20, 200}) {
    EXPECT_EQ(run_all({.token_budget = budget, .pool = budget == 20 ? &pool : nullptr}).ids, alone.ids);
  }
  EXPECT_EQ(run_all({.recurrent = true}).ids, run_all({.max_running = 1, .recurrent = true}).ids);
  const Outcome crowded = run_all({.num_tokens = 320});
  EXPECT_EQ(crowded.ids, alone.ids);
  EXPECT_GT(crowded.stats.num_preemptions, 0u);
}

TEST(Constraint, DraftsChangeNothing) {
  const Outcome plain = run_all({});
  for (const size_t max_drafts : {1, 4, 8}) {
    const Outcome drafted = run_all({.num_tokens = 400, .speculation = {.max_drafts = max_drafts}});
    EXPECT_EQ(drafted.ids, plain.ids);
    EXPECT_GT(drafted.stats.num_accepted_tokens, 20u);
    EXPECT_LT(drafted.stats.num_accepted_tokens, drafted.stats.num_draft_tokens) << "some are rolled back";
  }
}

struct Jumping {
  std::vector<std::vector<TokenId>> ids;
  std::vector<std::string> texts;
  std::vector<GenerateResult> results;
  EngineStats stats;
  size_t num_steps = 0;
};

/// Requests whose constraints say what is forced, by every path that looks at single tokens.
Jumping run_jumping(const Rig::Options& options, bool jump_forward) {
  Rig rig(options);
  std::vector<RequestId> submitted;
  for (uint32_t i = 0; i < 24; ++i) {
    GenerateRequest one = mixed(i % kNumRequests);
    if (i >= kNumRequests) one.prompt = random_tokens(70 + i % 5, 1);
    one.constraints.clear();
    RandomConstraint::Options foreseeing = constraint_of(i);
    foreseeing.percent = i % 4 == 1 ? 97 : 2;
    foreseeing.foresees = true;
    if (i % 6 != 3) one.constraints.push_back(std::make_unique<RandomConstraint>(foreseeing));
    if (i % 5 == 0) one.stop = {"ab", "ca", "m"};
    if (i % 7 == 0) one.stop_token_ids = {4, 9};
    if (i % 8 == 2) one.max_tokens = 1 + i / 8;
    if (i == 13) one.prompt_logprobs = 1;
    if (i == 17) one.min_tokens = 40;
    one.jump_forward = jump_forward;
    submitted.push_back(rig.submit(std::move(one)));
    if (i % 3 == 0) rig.engine->step();
  }
  rig.run();
  Jumping outcome;
  for (const RequestId id : submitted) {
    const Completion& completion = *rig.completions[id];
    EXPECT_TRUE(completion.done);
    EXPECT_EQ(completion.ids.size(), completion.result.usage.num_generated_tokens);
    outcome.ids.push_back(completion.ids);
    outcome.texts.push_back(completion.text);
    outcome.results.push_back(completion.result);
  }
  outcome.stats = rig.engine->stats();
  outcome.num_steps = rig.model.num_steps;
  rig.expect_no_blocks_held();
  return outcome;
}

TEST(JumpForward, ChangesNoText) {
  ThreadPool pool(3);
  const Rig::Options all[] = {
      {},
      {.max_running = 1},
      {.token_budget = 1},
      {.token_budget = 20, .pool = &pool},
      {.num_tokens = 320},
      {.prefix_cache = false},
      {.recurrent = true},
      {.num_tokens = 400, .speculation = {.max_drafts = 4}},
  };
  for (const Rig::Options& options : all) {
    const Jumping plain = run_jumping(options, false), jumped = run_jumping(options, true);
    EXPECT_EQ(jumped.ids, plain.ids);
    EXPECT_EQ(jumped.texts, plain.texts);
    size_t num_generated = 0, num_forced = 0;
    for (size_t i = 0; i < plain.results.size(); ++i) {
      EXPECT_EQ(jumped.results[i].reason, plain.results[i].reason) << i;
      EXPECT_EQ(jumped.results[i].stop, plain.results[i].stop) << i;
      num_generated += jumped.results[i].usage.num_generated_tokens;
      num_forced += jumped.results[i].usage.num_forced_tokens;
    }
    EXPECT_EQ(jumped.stats.num_generated_tokens, num_generated);
    EXPECT_EQ(jumped.stats.num_forced_tokens, num_forced);
    EXPECT_EQ(plain.stats.num_forced_tokens, 0u);
    EXPECT_GT(num_forced, 200u);
    EXPECT_LT(jumped.num_steps, plain.num_steps);
  }
}

TEST(JumpForward, OnePassComputesThePromptWhatIsForcedAndTheDraw) {
  for (const bool jump_forward : {false, true}) {
    Rig rig;
    GenerateRequest one = request(10, 1, 100);
    // 30 letters in a row, then the end or one letter more.
    std::vector<TokenId> text;
    for (TokenId id = 0; id < 30; ++id) text.push_back(id % 25);
    std::vector<TokenId> longer = text;
    longer.push_back(3);
    one.constraints.push_back(
        std::make_unique<FixedSequences>(std::vector<std::vector<TokenId>>{text, longer}, kEnd));
    one.jump_forward = jump_forward;
    const RequestId id = rig.submit(std::move(one));
    rig.run();
    const Completion& completion = *rig.completions[id];
    EXPECT_EQ(std::vector(completion.ids.begin(), completion.ids.begin() + 30), text);
    EXPECT_EQ(completion.result.usage.num_forced_tokens, jump_forward ? 30u : 0u);
    EXPECT_LE(rig.model.num_steps, jump_forward ? 2u : 32u);
    EXPECT_GE(rig.model.num_steps, jump_forward ? 1u : 31u);
  }
}

TEST(JumpForward, TellsWhatIsForcedWhereTheRequestFailsBehindIt) {
  Rig rig;
  GenerateRequest one = request(10, 1);
  RandomConstraint::Options options{.seed = 3, .vocab_size = kVocabSize, .percent = 0, .num_tokens = 100};
  options.foresees = true;
  options.error = Error{ErrorCode::kResourceLimit, "the grammar ran out of fuel", {}};
  one.max_tokens = 200;
  one.constraints.push_back(std::make_unique<RandomConstraint>(options));
  const RequestId id = rig.submit(std::move(one));
  rig.run();
  const Completion& completion = *rig.completions[id];
  EXPECT_EQ(completion.result.reason, FinishReason::kError);
  EXPECT_EQ(completion.ids.size(), 100u);
  EXPECT_EQ(completion.text.size(), 100u);
}

/// A draft model knows no constraint: where most tokens are allowed, it is right often enough.
TEST(Constraint, DraftsOfAModelChangeNothing) {
  const auto run = [](const SpeculationOptions& speculation, EngineStats& stats) {
    Rig rig({.speculation = speculation});
    std::vector<std::vector<TokenId>> all;
    for (uint32_t i = 0; i < 8; ++i) {
      const RandomConstraint::Options wide{.seed = i, .vocab_size = kVocabSize, .percent = 90};
      GenerateRequest one = request(5 + i * 13, i, 60);
      one.sampling.temperature = 0.0f;
      one.constraints.push_back(std::make_unique<RandomConstraint>(wide));
      const RequestId id = rig.submit(std::move(one));
      rig.run();
      const std::vector<TokenId>& ids = rig.completions[id]->ids;
      for (size_t k = 0; k < ids.size(); ++k) {
        EXPECT_TRUE(RandomConstraint::may_follow(wide, std::span(ids).first(k), ids[k]));
      }
      all.push_back(ids);
    }
    stats = rig.engine->stats();
    return all;
  };
  EngineStats plain, drafted;
  const auto expected = run({}, plain);
  Rig drafts({.max_running = 8});
  EXPECT_EQ(
      run({.max_drafts = 3, .ngrams = false, .draft = &drafts.model, .draft_cache = &drafts.cache}, drafted),
      expected);
  EXPECT_GT(drafted.num_accepted_tokens, 100u);
  EXPECT_LT(drafted.num_accepted_tokens, drafted.num_draft_tokens);
}

TEST(Constraint, ManySeedsKeepToTheirMasks) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Rig rig({.max_running = 1 + random() % 6,
             .token_budget = 1 + random() % 60,
             .num_tokens = 350 + random() % 200,
             .speculation = {.max_drafts = random() % 6}});
    std::map<RequestId, uint32_t> made;
    for (int i = 0; i < 10; ++i) {
      const uint32_t which = random() % kNumRequests;
      made[rig.submit(mixed(which))] = which;
      if (random() % 4 == 0) rig.engine->cancel(1 + random() % made.size());
      rig.engine->step();
    }
    rig.run();
    for (const auto& [id, which] : made) {
      ASSERT_TRUE(rig.completions[id]->done);
      expect_obeyed(which, rig.completions[id]->ids);
    }
    rig.expect_no_blocks_held();
  }
}

TEST(Constraint, ATextIsOneOfTheGiven) {
  const std::vector<std::vector<TokenId>> given = {{1, 2, 3, 4}, {1, 2, 9}, {7}};
  std::set<std::string> said;
  for (const float temperature : {0.0f, 1.0f}) {
    Rig rig({.speculation = {.max_drafts = 4}});
    for (uint32_t i = 0; i < 30; ++i) {
      GenerateRequest one = request(10, i);
      one.sampling.temperature = temperature;
      one.constraints.push_back(std::make_unique<FixedSequences>(given, kEnd));
      rig.submit(std::move(one));
    }
    rig.run();
    for (const auto& [id, completion] : rig.completions) {
      EXPECT_EQ(completion->result.reason, FinishReason::kStop);
      said.insert(completion->text);
    }
  }
  EXPECT_EQ(said, (std::set<std::string>{"bcde", "bcj", "h"}));
}

std::unique_ptr<TokenConstraint> only(std::initializer_list<TokenId> ids) {
  TokenMask mask(kVocabSize);
  for (const TokenId id : ids) mask.allow(id);
  return allow_only(std::make_shared<const TokenMask>(std::move(mask)));
}

TEST(Constraint, ATokenSatisfiesAllOfThem) {
  Rig rig({.padding_rows = 40});
  GenerateRequest one = request(10, 1, 20);
  one.constraints.push_back(only({3, 4, 5}));
  one.constraints.push_back(only({1, 5}));
  const RequestId id = rig.submit(std::move(one));
  rig.run();
  EXPECT_EQ(rig.completions[id]->text, std::string(20, 'f'));
}

TEST(Constraint, WhatFailsEndsItsRequestAlone) {
  Rig alone;
  const RequestId expected = alone.submit(mixed(1));
  alone.run();
  for (const size_t max_drafts : {0, 4}) {
    Rig rig({.speculation = {.max_drafts = max_drafts}});
    const auto failing = [&](size_t num_tokens, std::optional<Error> error) {
      GenerateRequest one = request(10, 3);
      one.ignore_eos = true;
      RandomConstraint::Options options = constraint_of(3);
      options.num_tokens = num_tokens;
      options.error = std::move(error);
      one.constraints.push_back(std::make_unique<RandomConstraint>(std::move(options)));
      return rig.submit(std::move(one));
    };
    const Error exhausted{ErrorCode::kResourceLimit, "the grammar ran out of fuel", {}};
    const RequestId ids[] = {failing(0, exhausted), failing(13, exhausted), failing(0, {}), failing(13, {})};
    const RequestId kept = rig.submit(mixed(1));
    rig.run();
    for (size_t i = 0; i < 4; ++i) {
      const Completion& completion = *rig.completions[ids[i]];
      ASSERT_EQ(completion.result.reason, FinishReason::kError);
      EXPECT_EQ(completion.ids.size(), i % 2 == 0 ? 0u : 13u) << "what came before is told";
      const Error& error = *completion.result.error;
      EXPECT_EQ(error.code, i < 2 ? ErrorCode::kResourceLimit : ErrorCode::kInvalidArgument);
      if (i >= 2) EXPECT_NE(error.message.find("allows none"), std::string::npos) << error.message;
    }
    EXPECT_EQ(rig.completions[kept]->ids, alone.completions[expected]->ids);
    rig.expect_no_blocks_held();
  }
}

TEST(Constraint, WhatIsForbiddenOtherwiseIsNotAllowed) {
  for (const float temperature : {0.0f, 1.0f}) {
    Rig rig({.unused = {4}});
    GenerateRequest biased = request(10, 1), too_short = request(10, 1), unnamed = request(10, 1);
    biased.constraints.push_back(only({3, 4}));
    biased.sampling.logit_bias = {{3, -__builtin_inff()}};
    too_short.constraints.push_back(only({kEnd}));
    too_short.min_tokens = 2;
    unnamed.constraints.push_back(only({4}));
    std::vector<RequestId> ids;
    for (GenerateRequest* one : {&biased, &too_short, &unnamed}) {
      one->sampling.temperature = temperature;
      ids.push_back(rig.submit(std::move(*one)));
    }
    rig.run();
    for (const RequestId id : ids) {
      const GenerateResult& result = rig.completions[id]->result;
      ASSERT_EQ(result.reason, FinishReason::kError);
      EXPECT_EQ(result.error->code, ErrorCode::kInvalidArgument);
      EXPECT_NE(result.error->message.find("forbidden otherwise"), std::string::npos);
    }
  }
}

TEST(Constraint, LogprobsAreOfTheModelWithoutIt) {
  std::vector<SampledToken> first;
  for (const bool constrained : {false, true}) {
    Rig rig;
    GenerateRequest one = request(10, 1, 1);
    one.sampling.num_logprobs = 5;
    if (constrained) one.constraints.push_back(only({3}));
    one.on_event = [&](const GenerateEvent& event) {
      first.insert(first.end(), event.tokens.begin(), event.tokens.end());
    };
    ASSERT_TRUE(rig.engine->submit(std::move(one)).has_value());
    rig.run();
  }
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1].id, 3);
  EXPECT_EQ(first[1].top_logprobs, first[0].top_logprobs);
  EXPECT_LT(first[1].logprob, -0.01f) << "its probability is not 1";
}

/// Allows all, and tells that it was asked.
class Told final : public TokenConstraint {
 public:
  explicit Told(std::promise<void>& told) : told_(told) {}
  Status fill_mask(TokenMask& mask) override {
    mask.allow(1);
    told_.set_value();
    return {};
  }
  bool accept(TokenId) override { return true; }
  void rollback(size_t) override {}

 private:
  std::promise<void>& told_;
};

ConstraintSet set_of(std::unique_ptr<TokenConstraint> one) {
  std::vector<std::unique_ptr<TokenConstraint>> all;
  all.push_back(std::move(one));
  return ConstraintSet(std::move(all));
}

TEST(MaskWorker, WorksWhileNobodyWaits) {
  MaskWorker worker(kVocabSize);
  std::promise<void> told;
  auto constraints = set_of(std::make_unique<Told>(told));
  worker.start(constraints, {}, {});
  EXPECT_EQ(told.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  worker.wait(constraints);
  EXPECT_TRUE((*constraints.mask(0))->allows(1));
  worker.wait(constraints);
}

TEST(MaskWorker, MasksEndWithTheDraftsThatMayCome) {
  MaskWorker worker(kVocabSize);
  auto constraints =
      set_of(std::make_unique<FixedSequences>(std::vector<std::vector<TokenId>>{{1, 2, 3}, {1, 2, 4}}, kEnd));
  const std::vector<TokenId> ends = {kEnd}, drafts = {1, 2, 5, 6}, right = {1, 2, 3, kEnd, 9};
  EXPECT_EQ(constraints.num_allowed(drafts, ends), 2u);
  EXPECT_EQ(constraints.num_allowed(right, ends), 4u) << "the end of the turn is the last";
  for (const auto& given : {drafts, right}) {
    worker.start(constraints, given, ends);
    worker.wait(constraints);
    EXPECT_EQ((*constraints.mask(0))->count(), 1u);
    EXPECT_EQ((*constraints.mask(2))->count(), 2u);
    EXPECT_EQ(constraints.mask(3).has_value(), given == right);
    // The model confirms one draft and says the other itself: nothing is left of the rest.
    ASSERT_TRUE(constraints.accept(1, 2));
    EXPECT_EQ(constraints.num_allowed(std::vector<TokenId>{3}, ends), 1u);
    constraints = set_of(
        std::make_unique<FixedSequences>(std::vector<std::vector<TokenId>>{{1, 2, 3}, {1, 2, 4}}, kEnd));
  }
}

TEST(TokenMask, KeepsToItsVocabulary) {
  for (const size_t vocab_size : {1u, 63u, 64u, 65u, 200u}) {
    TokenMask wide(256), mask(vocab_size);
    for (TokenId id = 0; id < 256; id += 2) wide.allow(id);
    mask.allow(wide);
    EXPECT_EQ(mask.count(), (vocab_size + 1) / 2);
    std::vector<float> logits(vocab_size, 1.0f);
    mask.apply(logits);
    for (size_t i = 0; i < vocab_size; ++i) EXPECT_EQ(logits[i] == 1.0f, i % 2 == 0);
    mask.clear();
    mask.apply(logits);
    EXPECT_EQ(std::ranges::count(logits, -std::numeric_limits<float>::infinity()), ptrdiff_t(vocab_size));
  }
}

}  // namespace
}  // namespace hearth
