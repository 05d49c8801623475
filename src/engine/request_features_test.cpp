#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "engine/sample/logit_math.h"
#include "engine/schedule/token_feed.h"
#include "engine/testing/engine_rig.h"

// What a request may ask for beside a completion.

namespace hearth {
namespace {

GenerateRequest endless(size_t prompt_size, uint32_t seed, size_t max_tokens) {
  GenerateRequest made = request(prompt_size, seed, max_tokens);
  made.sampling.logit_bias = {{kEnd, -1000.0f}};
  return made;
}

/// Logits of every row of a prompt, computed one by one without an engine.
std::vector<std::vector<float>> rows_of(const std::vector<TokenId>& prompt) {
  Rig rig;
  ModelRunner runner(rig.model, rig.cache);
  TokenFeed feed(runner);
  std::vector<std::vector<float>> rows;
  for (TokenId id : prompt) {
    EXPECT_TRUE(feed.append(std::span(&id, 1), 1).has_value());
    rows.emplace_back(runner.logits(0).begin(), runner.logits(0).end());
  }
  return rows;
}

TEST(RequestFeatures, NoTokensMeansThePromptAlone) {
  Rig rig({.context = 100});
  const RequestId id = rig.submit(request(100, 1, 0));
  rig.run();
  const Completion& completion = *rig.completions[id];
  ASSERT_TRUE(completion.done);
  EXPECT_EQ(completion.result.reason, FinishReason::kLength);
  EXPECT_TRUE(completion.ids.empty());
  EXPECT_EQ(rig.model.most_logits, 1u) << "the last row is looked at, whether it is a number";
  EXPECT_GT(completion.result.timings.prompt.count(), 0);
  EXPECT_EQ(rig.engine->submit(request(101, 1, 0)).error().code, ErrorCode::kContextOverflow);
  rig.expect_no_blocks_held();
}

TEST(RequestFeatures, MinTokensHoldOffEveryEnd) {
  const auto eager = [] {
    GenerateRequest made = request(5, 1, 40);
    made.sampling.logit_bias = {{kEnd, 1000.0f}, {3, 500.0f}};
    return made;
  };
  Rig rig;
  GenerateRequest held = eager();
  held.min_tokens = 12;
  const RequestId id = rig.submit(std::move(held));
  GenerateRequest stops = eager();
  stops.min_tokens = 12;
  stops.stop = {"dd"};
  const RequestId stopped = rig.submit(std::move(stops));
  rig.run();
  EXPECT_EQ(rig.completions[id]->text, "dddddddddddd");
  EXPECT_EQ(rig.completions[id]->result.reason, FinishReason::kStop);
  // The twelfth is the first that is looked at; the end comes before a second one.
  EXPECT_EQ(rig.completions[stopped]->text, "dddddddddddd");

  GenerateRequest ignoring = eager();
  ignoring.sampling.logit_bias = {{3, 500.0f}};
  ignoring.min_tokens = 12;
  ignoring.stop = {"dd"};
  const RequestId cut = rig.submit(std::move(ignoring));
  rig.run();
  EXPECT_EQ(rig.completions[cut]->text, "ddddddddddd");
  EXPECT_EQ(rig.completions[cut]->ids.size(), 13u);
  EXPECT_EQ(rig.completions[cut]->result.stop, "dd");

  GenerateRequest impossible = eager();
  impossible.min_tokens = 41;
  EXPECT_NE(rig.engine->submit(std::move(impossible)).error().message.find("41"), std::string::npos);
}

TEST(RequestFeatures, PromptLogprobsAreTheModelsOwn) {
  const std::vector<TokenId> prompt = random_tokens(150, 3);
  const auto rows = rows_of(prompt);
  ThreadPool pool(2);
  for (size_t budget : {7, 64, 400}) {
    Rig rig({.token_budget = budget, .pool = budget == 64 ? &pool : nullptr});
    // What is cached must be computed again for its logits.
    rig.submit(request(150, 3, 5));
    rig.run();
    GenerateRequest scored = endless(150, 3, 5);
    scored.prompt_logprobs = 3;
    const RequestId id = rig.submit(std::move(scored));
    rig.submit(request(90, 4, 30));
    rig.run();
    const Completion& completion = *rig.completions[id];
    EXPECT_EQ(completion.result.usage.num_cached_tokens, 0u);
    EXPECT_EQ(completion.result.usage.num_generated_tokens, 5u);
    ASSERT_EQ(completion.prompt_logprobs.size(), prompt.size());
    EXPECT_EQ(completion.prompt_logprobs[0].id, prompt[0]);
    EXPECT_TRUE(completion.prompt_logprobs[0].top_logprobs.empty());
    for (size_t i = 1; i < prompt.size(); ++i) {
      const SampledToken& token = completion.prompt_logprobs[i];
      ASSERT_EQ(token.id, prompt[i]);
      const double total = log_sum_exp(rows[i - 1]);
      EXPECT_FLOAT_EQ(token.logprob, float(double(rows[i - 1][size_t(prompt[i])]) - total));
      ASSERT_EQ(token.top_logprobs.size(), 3u);
      const auto best = std::max_element(rows[i - 1].begin(), rows[i - 1].end());
      EXPECT_EQ(token.top_logprobs[0].first, TokenId(best - rows[i - 1].begin()));
      EXPECT_FLOAT_EQ(token.top_logprobs[0].second, float(double(*best) - total));
    }
    rig.expect_no_blocks_held();
  }
  Rig rig;
  GenerateRequest bad = request(5, 1);
  bad.prompt_logprobs = 100000;
  EXPECT_NE(rig.engine->submit(std::move(bad)).error().message.find("prompt_logprobs"), std::string::npos);
}

TEST(RequestFeatures, EmbeddingsDoNotDependOnSteps) {
  std::vector<std::vector<float>> expected;
  for (size_t budget : {400, 64, 5}) {
    Rig rig({.token_budget = budget});
    rig.submit(request(150, 3, 5));
    rig.run();
    for (Pooling pooling : {Pooling::kMean, Pooling::kLast}) {
      GenerateRequest embed = request(150, 3);
      embed.task = Task::kEmbed;
      embed.vector.pooling = pooling;
      const RequestId id = rig.submit(std::move(embed));
      rig.submit(request(60, 9, 20));
      rig.run();
      const GenerateResult& result = rig.completions[id]->result;
      EXPECT_EQ(result.reason, FinishReason::kStop);
      ASSERT_EQ(result.embedding.size(), size_t(FakeModel::kHiddenSize));
      double squares = 0.0;
      for (float value : result.embedding) squares += double(value) * double(value);
      EXPECT_NEAR(squares, 1.0, 1e-5);
      if (pooling == Pooling::kMean) EXPECT_EQ(result.usage.num_cached_tokens, 0u);
      EXPECT_TRUE(rig.completions[id]->ids.empty());
      const size_t index = pooling == Pooling::kMean ? 0 : 1;
      if (budget == 400) expected.push_back(result.embedding);
      EXPECT_EQ(result.embedding, expected[index]);
    }
  }
  EXPECT_NE(expected[0], expected[1]);
}

TEST(RequestFeatures, VectorsOfTheFirstRowAndOfSomeDimensions) {
  std::vector<float> whole;
  for (size_t budget : {400, 64, 5}) {
    Rig rig({.token_budget = budget});
    rig.submit(request(150, 3, 5));
    rig.run();
    GenerateRequest first = request(150, 3), raw = request(150, 3), cut = request(150, 3);
    for (GenerateRequest* one : {&first, &raw, &cut}) one->task = Task::kEmbed;
    first.vector = {.pooling = Pooling::kCls, .normalize = false};
    raw.vector = {.normalize = false};
    cut.vector = {.dimensions = 3};
    GenerateRequest alone = request(1, 3);
    alone.prompt = std::vector<TokenId>{request(150, 3).prompt.tokens()[0]};
    alone.task = Task::kEmbed;
    alone.vector = {.pooling = Pooling::kLast, .normalize = false};
    const RequestId ids[] = {rig.submit(std::move(first)), rig.submit(std::move(raw)),
                             rig.submit(std::move(cut)), rig.submit(std::move(alone))};
    rig.run();
    const auto vector = [&](size_t index) { return rig.completions[ids[index]]->result.embedding; };
    EXPECT_EQ(vector(0), vector(3));
    if (whole.empty()) whole = vector(1);
    EXPECT_EQ(vector(1), whole);
    const double length = std::hypot(whole[0], whole[1], whole[2]);
    ASSERT_EQ(vector(2).size(), 3u);
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(vector(2)[i], whole[i] / length, 1e-6);
  }
}

TEST(RequestFeatures, ScoresAreOfTheLastToken) {
  // By a head, or by the logits of two answers.
  for (const bool has_head : {true, false}) {
    std::vector<float> expected;
    for (size_t budget : {400, 64, 5}) {
      Rig rig({.token_budget = budget,
               .score_tokens = has_head ? std::vector<TokenId>() : std::vector<TokenId>{7, 2}});
      if (has_head) rig.model.set_num_labels(2);
      rig.submit(request(150, 3, 5));
      rig.run();
      GenerateRequest score = request(150, 3);
      score.task = Task::kScore;
      const RequestId id = rig.submit(std::move(score));
      rig.submit(request(60, 9, 20));
      rig.run();
      const GenerateResult& result = rig.completions[id]->result;
      EXPECT_EQ(result.reason, FinishReason::kStop);
      EXPECT_EQ(result.usage.num_prompt_tokens, 150u);
      EXPECT_TRUE(rig.completions[id]->ids.empty() && result.embedding.empty());
      ASSERT_EQ(result.scores.size(), 2u);
      if (expected.empty()) expected = result.scores;
      EXPECT_EQ(result.scores, expected);
      EXPECT_NE(result.scores[0], result.scores[1]);
      rig.expect_no_blocks_held();
    }
  }
  Rig rig;
  GenerateRequest score = request(5, 1);
  score.task = Task::kScore;
  const Error error = rig.engine->submit(std::move(score)).error();
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_NE(error.message.find("no reranker"), std::string::npos);
}

TEST(RequestFeatures, AFullQueueRefusesAtOnce) {
  Rig rig({.max_running = 2, .max_waiting = 3});
  std::vector<RequestId> ids;
  for (uint32_t i = 0; i < 5; ++i) ids.push_back(rig.submit(endless(10, i, 20)));
  for (int i = 0; i < 2; ++i) {
    const auto refused = rig.engine->submit(endless(10, 9, 20));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kOverloaded);
  }
  EXPECT_EQ(rig.engine->stats().num_waiting, 5u);
  rig.engine->cancel(ids[4]);
  rig.engine->step();
  EXPECT_TRUE(rig.engine->submit(endless(10, 9, 20)).has_value());
  EXPECT_EQ(rig.engine->stats().num_refused, 2u);
  rig.run();
  for (RequestId id : ids) EXPECT_TRUE(rig.completions[id]->done);
}

TEST(RequestFeatures, StatsCountWhatWasDone) {
  Rig rig({.max_running = 4});
  EXPECT_EQ(rig.engine->stats().num_steps, 0u);
  for (uint32_t i = 0; i < 6; ++i) rig.submit(endless(40, i, 10));
  rig.engine->step();
  EngineStats stats = rig.engine->stats();
  EXPECT_EQ(stats.num_running, 4u);
  EXPECT_EQ(stats.num_waiting, 2u);
  EXPECT_GT(stats.num_kv_blocks_used, 0u);
  EXPECT_LT(stats.num_kv_blocks_used, stats.num_kv_blocks);
  rig.run();
  stats = rig.engine->stats();
  EXPECT_EQ(stats.num_running + stats.num_waiting, 0u);
  EXPECT_EQ(stats.num_submitted, 6u);
  EXPECT_EQ(stats.num_finished, 6u);
  EXPECT_EQ(stats.num_prompt_tokens, 240u);
  EXPECT_EQ(stats.num_generated_tokens, 60u);
  EXPECT_EQ(stats.num_computed_tokens, 240u + 54u - stats.num_cached_tokens);
  EXPECT_EQ(stats.num_computed_tokens, rig.model.num_tokens);
  EXPECT_EQ(stats.num_steps, rig.model.num_steps);
  uint64_t steps = 0;
  for (uint64_t count : stats.batch_sizes) steps += count;
  EXPECT_EQ(steps, stats.num_steps);
  EXPECT_GT(stats.num_step_sequences, stats.num_steps);
}

/// Ids that stand for no token, whatever their logits.
TEST(RequestFeatures, IdsWithoutATokenAreNeverDrawnNorListed) {
  const std::vector<TokenId> unused = {0, 4, 7, 8, 9, 20};
  const auto is_named = [&](TokenId id) {
    return id < kVocabSize && !std::ranges::binary_search(unused, id);
  };
  for (const float temperature : {0.0f, 1.0f, 100.0f}) {
    for (const size_t max_drafts : {0, 4}) {
      FakeModel draft(kVocabSize + 40, 64);
      const auto layout = *layout_kv_cache(draft.cache_specs(), draft.placement(),
                                           {.num_tokens = 4000, .num_sequences = 8, .max_step = 64});
      KvCache draft_cache = *KvCache::create(draft.placement(), draft.cache_specs(), layout);
      Rig rig({.speculation = {.max_drafts = max_drafts,
                               .draft = max_drafts > 0 ? &draft : nullptr,
                               .draft_cache = &draft_cache},
               .padding_rows = 40,
               .unused = unused});
      std::vector<RequestId> ids;
      for (uint32_t seed = 0; seed < 8; ++seed) {
        GenerateRequest one = request(10, seed, 60);
        one.ignore_eos = true;
        one.sampling.temperature = temperature;
        one.sampling.top_p = 1.0f;
        one.sampling.min_p = 0.0f;
        one.sampling.num_logprobs = 66;
        one.prompt_logprobs = 66;
        // No bias makes a token of it.
        one.sampling.logit_bias = {{kVocabSize + 3, 1000.0f}, {4, 1000.0f}};
        one.prompt.append_tokens(std::vector<TokenId>{kVocabSize + 1});
        ids.push_back(rig.submit(std::move(one)));
      }
      std::vector<TokenId> listed;
      rig.run();
      for (const RequestId id : ids) {
        const Completion& completion = *rig.completions[id];
        ASSERT_EQ(completion.ids.size(), 60u);
        for (const TokenId drawn : completion.ids) EXPECT_TRUE(is_named(drawn)) << drawn;
        for (const SampledToken& token : completion.prompt_logprobs) {
          for (const auto& [top, logprob] : token.top_logprobs) listed.push_back(top);
        }
        EXPECT_LT(completion.prompt_logprobs.back().logprob, 0.0f) << "what is in the prompt has one";
      }
      EXPECT_FALSE(listed.empty());
      for (const TokenId id : listed) EXPECT_TRUE(is_named(id)) << id;
    }
  }
}

TEST(RequestFeatures, WhatIsNoNumberEndsItsRequestAlone) {
  static constexpr TokenId kBad = 24;
  const auto good = [](uint32_t seed) {
    GenerateRequest made = request(20, seed, 30);
    std::vector<TokenId> prompt = made.prompt.tokens();
    for (TokenId& id : prompt) id %= kBad;
    made.prompt = std::move(prompt);
    made.sampling.logit_bias = {{kBad, -__builtin_inff()}};
    return made;
  };
  const auto bad = [&](uint32_t seed) {
    GenerateRequest made = good(seed);
    std::vector<TokenId> prompt = made.prompt.tokens();
    prompt.back() = kBad;
    made.prompt = std::move(prompt);
    return made;
  };
  Rig alone;
  const RequestId expected = alone.submit(good(1));
  alone.run();
  for (const float temperature : {0.0f, 1.0f}) {
    Rig rig;
    rig.model.bad_token = kBad;
    GenerateRequest drawn = bad(2), scored = bad(3), embedded = bad(4), computed = bad(5), named = bad(6);
    drawn.sampling.temperature = temperature;
    scored.prompt.append_tokens(std::vector<TokenId>{1});
    scored.prompt_logprobs = 1;
    scored.max_tokens = 0;
    embedded.task = Task::kEmbed;
    // Nothing of them is drawn.
    computed.max_tokens = named.max_tokens = 0;
    named.prompt_logprobs = 1;
    const RequestId kept = rig.submit(good(1));
    const RequestId failing[] = {rig.submit(std::move(drawn)), rig.submit(std::move(scored)),
                                 rig.submit(std::move(embedded)), rig.submit(std::move(computed)),
                                 rig.submit(std::move(named))};
    rig.run();
    for (const RequestId id : failing) {
      const GenerateResult& result = rig.completions[id]->result;
      ASSERT_TRUE(rig.completions[id]->done);
      EXPECT_EQ(result.reason, FinishReason::kError);
      ASSERT_TRUE(result.error.has_value());
      EXPECT_EQ(result.error->code, ErrorCode::kNotFinite);
      EXPECT_NE(result.error->message.find("as nan at position 19"), std::string::npos)
          << result.error->message;
      EXPECT_FALSE(result.error->hint.empty());
    }
    EXPECT_EQ(rig.completions[kept]->text, alone.completions[expected]->text);
    EXPECT_EQ(rig.completions[kept]->result.reason, alone.completions[expected]->result.reason);
    rig.expect_no_blocks_held();
  }
}

TEST(RequestFeatures, ABanOfEveryTokenThatCanBeDrawnIsRefused) {
  const std::vector<TokenId> unused = {0, 4, 7};
  Rig rig({.padding_rows = 40, .unused = unused});
  const auto refused = [&](TokenId allowed, size_t min_tokens) -> std::optional<Error> {
    GenerateRequest made = request(5, 1, 3);
    made.min_tokens = min_tokens;
    made.sampling.logit_bias.clear();
    for (TokenId id = 0; id < kVocabSize; ++id) {
      if (id != allowed && !std::ranges::binary_search(unused, id)) {
        made.sampling.logit_bias.emplace_back(id, -__builtin_inff());
      }
    }
    const Status checked = rig.engine->check(made);
    return checked ? std::nullopt : std::optional(checked.error());
  };
  EXPECT_FALSE(refused(3, 0));
  EXPECT_FALSE(refused(3, 1));
  EXPECT_FALSE(refused(kEnd, 0));
  for (const auto& error : {refused(-1, 0), refused(4, 0), refused(kEnd, 1)}) {
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::kInvalidArgument);
  }
  EXPECT_NE(refused(-1, 0)->message.find("43 ids that no token names"), std::string::npos)
      << refused(-1, 0)->message;
}

}  // namespace
}  // namespace hearth
