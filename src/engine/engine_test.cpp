#include "engine/engine.h"

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "engine/testing/engine_rig.h"

namespace hearth {
namespace {

/// With a model that has a recurrent state, and without.
class AnyModel : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Engine, AnyModel, testing::Bool(),
                         [](const auto& info) { return info.param ? "Recurrent" : "Attention"; });

TEST_P(AnyModel, CompletionDependsOnTheRequestAlone) {
  std::vector<std::string> alone;
  for (uint32_t i = 0; i < 12; ++i) {
    Rig rig({.max_running = 1, .recurrent = GetParam()});
    const RequestId id = rig.submit(request(1 + i * 17, i));
    rig.run();
    alone.push_back(rig.completions[id]->text);
    rig.expect_no_blocks_held();
  }
  ThreadPool pool(3);
  for (size_t budget : {1, 7, 32, 200}) {
    for (size_t max_running : {2, 5, 64}) {
      Rig rig({.max_running = max_running,
               .token_budget = budget,
               .pool = budget == 32 ? &pool : nullptr,
               .recurrent = GetParam()});
      std::vector<RequestId> ids;
      for (uint32_t i = 0; i < 12; ++i) {
        ids.push_back(rig.submit(request(1 + i * 17, i)));
        if (i % 3 == 0) rig.engine->step();
      }
      rig.run();
      for (uint32_t i = 0; i < 12; ++i) {
        ASSERT_EQ(rig.completions[ids[i]]->text, alone[i]) << "budget " << budget << ", request " << i;
      }
      if (budget > 1) EXPECT_GT(rig.model.largest_batch, 1u);
      rig.expect_no_blocks_held();
    }
  }
}

TEST_P(AnyModel, PreemptionChangesNoCompletion) {
  const auto made = [](uint32_t i) {
    GenerateRequest one = request(30 + i * 11, i, 80);
    one.ignore_eos = true;
    one.prompt_logprobs = i == 3 ? 1 : -1;
    one.sampling.mirostat.enabled = i == 4;
    one.logits_processors.push_back(forbid_until({1, 2, 3}, 40));
    return one;
  };
  std::vector<std::string> alone;
  for (uint32_t i = 0; i < 8; ++i) {
    Rig rig({.max_running = 1, .recurrent = GetParam()});
    const RequestId id = rig.submit(made(i));
    rig.run();
    alone.push_back(rig.completions[id]->text);
  }
  for (const bool prefix_cache : {true, false}) {
    Rig rig({.max_running = 8, .num_tokens = 320, .prefix_cache = prefix_cache, .recurrent = GetParam()});
    std::vector<RequestId> ids;
    for (uint32_t i = 0; i < 8; ++i) ids.push_back(rig.submit(made(i)));
    rig.run();
    for (uint32_t i = 0; i < 8; ++i) {
      EXPECT_EQ(rig.completions[ids[i]]->text, alone[i]) << i;
      EXPECT_EQ(rig.completions[ids[i]]->result.reason, FinishReason::kLength);
    }
    EXPECT_EQ(rig.completions[ids[3]]->prompt_logprobs.size(), 63u);
    EXPECT_GT(rig.engine->stats().num_preemptions, 0u);
    rig.expect_no_blocks_held();
  }
}

TEST(Engine, EndsTheTurnAtItsTokens) {
  Rig rig;
  auto ends = request(5, 1);
  ends.sampling.logit_bias = {{kEnd, 1000.0f}};
  const RequestId id = rig.submit(std::move(ends));
  auto goes_on = request(5, 1, 7);
  goes_on.sampling.logit_bias = {{kEnd, 1000.0f}};
  goes_on.ignore_eos = true;
  goes_on.stop_token_ids = {3};
  const RequestId other = rig.submit(std::move(goes_on));
  rig.run();
  EXPECT_EQ(rig.completions[id]->result.reason, FinishReason::kStop);
  EXPECT_EQ(rig.completions[id]->text, "");
  EXPECT_EQ(rig.completions[id]->ids, std::vector<TokenId>{kEnd});
  EXPECT_EQ(rig.completions[other]->result.reason, FinishReason::kLength);
  EXPECT_EQ(rig.completions[other]->ids.size(), 7u);
  EXPECT_EQ(rig.completions[other]->result.usage.num_generated_tokens, 7u);
  EXPECT_EQ(rig.completions[other]->result.usage.num_prompt_tokens, 5u);
}

TEST(Engine, StopsBeforeStopStrings) {
  const auto endless = [] {
    auto made = request(9, 4, 30);
    made.sampling.logit_bias = {{kEnd, -1000.0f}};
    return made;
  };
  Rig plain;
  const RequestId id = plain.submit(endless());
  plain.run();
  const std::string text = plain.completions[id]->text;
  ASSERT_GT(text.size(), 12u);
  const std::string stop = text.substr(8, 3);
  Rig rig;
  auto with_stop = endless();
  with_stop.stop = {"nothing", stop};
  const RequestId cut = rig.submit(std::move(with_stop));
  rig.run();
  EXPECT_EQ(rig.completions[cut]->text, text.substr(0, text.find(stop)));
  EXPECT_EQ(rig.completions[cut]->result.reason, FinishReason::kStop);
  EXPECT_EQ(rig.completions[cut]->result.stop, stop);
}

TEST(Engine, ContextIsNeverExceededNorCut) {
  Rig rig({.context = 40});
  EXPECT_EQ(rig.engine->submit(request(40, 1)).error().code, ErrorCode::kContextOverflow);
  const Error error = rig.engine->submit(request(123, 1)).error();
  EXPECT_NE(error.message.find("123"), std::string::npos);
  EXPECT_NE(error.message.find("40"), std::string::npos);
  auto to_the_end = request(30, 1);
  to_the_end.max_tokens.reset();
  to_the_end.ignore_eos = true;
  const RequestId id = rig.submit(std::move(to_the_end));
  rig.run();
  EXPECT_EQ(rig.completions[id]->result.reason, FinishReason::kLength);
  EXPECT_EQ(rig.completions[id]->ids.size(), 10u);
}

TEST(Engine, BadRequestsAreRefusedByName) {
  Rig rig;
  EXPECT_EQ(rig.engine->submit(GenerateRequest{}).error().code, ErrorCode::kInvalidArgument);
  auto bad_token = request(3, 1);
  bad_token.prompt = std::vector<TokenId>{1, kVocabSize, 2};
  EXPECT_NE(rig.engine->submit(std::move(bad_token)).error().message.find("26"), std::string::npos);
  auto bad_stop = request(3, 1);
  bad_stop.stop_token_ids = {-1};
  EXPECT_NE(rig.engine->submit(std::move(bad_stop)).error().message.find("stop_token_ids"),
            std::string::npos);
  auto bad_sampling = request(3, 1);
  bad_sampling.sampling.top_p = 2.0f;
  EXPECT_NE(rig.engine->submit(std::move(bad_sampling)).error().message.find("top_p"), std::string::npos);
  EXPECT_FALSE(rig.engine->step());
}

TEST(Engine, CancelFreesBlocksAndLeavesOthersAlone) {
  Rig alone;
  const RequestId expected = alone.submit(request(60, 2));
  alone.run();

  Rig rig({.max_running = 2, .token_budget = 16});
  const RequestId kept = rig.submit(request(60, 2));
  const RequestId prefilling = rig.submit(request(200, 3));
  const RequestId waiting = rig.submit(request(20, 4));
  rig.engine->step();
  rig.engine->step();
  rig.engine->cancel(prefilling);
  rig.engine->cancel(waiting);
  rig.engine->cancel(999);
  rig.engine->step();
  EXPECT_TRUE(rig.completions[prefilling]->done);
  EXPECT_TRUE(rig.completions[waiting]->done);
  rig.run();
  rig.engine->cancel(kept);
  EXPECT_FALSE(rig.engine->step());
  EXPECT_EQ(rig.completions[prefilling]->result.reason, FinishReason::kCancelled);
  EXPECT_EQ(rig.completions[kept]->text, alone.completions[expected]->text);
  rig.expect_no_blocks_held();
}

TEST(Engine, LogitsProcessorsMask) {
  Rig rig;
  auto masked = request(5, 6, 20);
  masked.ignore_eos = true;
  std::vector<TokenId> all_but_two;
  for (TokenId id = 2; id < kVocabSize; ++id) all_but_two.push_back(id);
  masked.logits_processors.push_back(forbid_until(all_but_two, 10));
  const RequestId id = rig.submit(std::move(masked));
  rig.run();
  for (size_t i = 0; i < 10; ++i) EXPECT_LT(rig.completions[id]->ids[i], 2);
}

TEST(Engine, EverythingForbiddenIsAnErrorOfThatRequest) {
  Rig rig;
  auto forbidden = request(5, 6);
  std::vector<TokenId> all;
  for (TokenId id = 0; id < kVocabSize; ++id) all.push_back(id);
  forbidden.logits_processors.push_back(forbid_until(all, 10));
  const RequestId bad = rig.submit(std::move(forbidden));
  const RequestId good = rig.submit(request(5, 7));
  rig.run();
  EXPECT_EQ(rig.completions[bad]->result.reason, FinishReason::kError);
  ASSERT_TRUE(rig.completions[bad]->result.error.has_value());
  EXPECT_NE(rig.completions[good]->result.reason, FinishReason::kError);
  rig.expect_no_blocks_held();
}

TEST(Engine, TimingsComeFromTheClock) {
  Rig rig({.max_running = 1, .token_budget = 10});
  auto timed = request(25, 1, 5);
  timed.ignore_eos = true;
  const RequestId id = rig.submit(std::move(timed));
  rig.run();
  const GenerateResult& result = rig.completions[id]->result;
  // One reading for submit, three for each step.
  EXPECT_EQ(result.timings.queued, std::chrono::seconds(1));
  EXPECT_EQ(result.timings.prompt, std::chrono::seconds(8));
  EXPECT_EQ(result.timings.generate, std::chrono::seconds(12));
  EXPECT_DOUBLE_EQ(result.timings.generate_rate(result.usage), 4.0 / 12.0);
}

TEST_P(AnyModel, ConversationsAreComputedOnce) {
  const auto chat = [](bool prefix_cache) {
    Rig rig({.context = 2000,
             .max_running = 2,
             .num_tokens = 2000,
             .prefix_cache = prefix_cache,
             .recurrent = GetParam()});
    std::vector<std::string> completions;
    std::vector<TokenId> history = random_tokens(150, 1);
    size_t cached = 0;
    for (uint32_t turn = 0; turn < 8; ++turn) {
      auto next = request(1, turn, 40);
      next.prompt = history;
      next.sampling.logit_bias = {{kEnd, -1000.0f}};
      const RequestId id = rig.submit(std::move(next));
      rig.run();
      const Completion& completion = *rig.completions[id];
      completions.push_back(completion.text);
      cached += completion.result.usage.num_cached_tokens;
      if (turn > 0 && prefix_cache) {
        EXPECT_GT(completion.result.usage.num_cached_tokens + 64, history.size() - 20);
      }
      history.insert(history.end(), completion.ids.begin(), completion.ids.end());
      const auto more = random_tokens(20, 100 + turn);
      history.insert(history.end(), more.begin(), more.end());
    }
    EXPECT_EQ(cached > 0, prefix_cache);
    rig.expect_no_blocks_held();
    return completions;
  };
  EXPECT_EQ(chat(true), chat(false)) << "sharing changes no completion";
}

TEST(Engine, SaltsKeepPrefixesApart) {
  Rig rig;
  std::vector<RequestId> ids;
  for (const char* salt : {"a", "b", "a"}) {
    auto one = request(100, 1, 5);
    one.cache_salt = salt;
    ids.push_back(rig.submit(std::move(one)));
    rig.run();
  }
  EXPECT_EQ(rig.completions[ids[1]]->result.usage.num_cached_tokens, 0u);
  EXPECT_EQ(rig.completions[ids[2]]->result.usage.num_cached_tokens, 99u);
}

TEST(Engine, RequestsComeFromManyThreads) {
  Rig rig({.max_running = 4});
  constexpr int kThreads = 4, kEach = 25;
  std::atomic<int> finished = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < kThreads; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto one = request(10 + size_t(i), uint32_t(t), 10);
        one.on_event = [&](const GenerateEvent& event) { finished += int(event.result != nullptr); };
        const auto id = rig.engine->submit(std::move(one));
        ASSERT_TRUE(id.has_value());
        if (i % 5 == 0) rig.engine->cancel(*id);
      }
    });
  }
  while (finished < kThreads * kEach) rig.engine->step();
  for (std::thread& client : clients) client.join();
  EXPECT_FALSE(rig.engine->step());
  rig.expect_no_blocks_held();
}

TEST(Engine, LogprobsComeWithTheTokens) {
  Rig rig;
  auto one = request(20, 1, 4);
  one.sampling.num_logprobs = 5;
  size_t num_tokens = 0;
  one.on_event = [&](const GenerateEvent& event) {
    for (const SampledToken& token : event.tokens) {
      ++num_tokens;
      EXPECT_LT(token.logprob, 0.0f);
      ASSERT_EQ(token.top_logprobs.size(), 5u);
      EXPECT_GE(token.top_logprobs[0].second, token.logprob);
    }
  };
  ASSERT_TRUE(rig.engine->submit(std::move(one)).has_value());
  rig.run();
  EXPECT_GT(num_tokens, 0u);
}

/// Random arrivals, cancels and pools too small for all: every request ends, nothing leaks.
TEST_P(AnyModel, RandomTrafficLeaksNothing) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Rig rig({.context = 200,
             .max_running = 1 + random() % 6,
             .token_budget = 1 + random() % 100,
             .num_tokens = 200 + random() % 600,
             .speculation = {.max_drafts = 4},
             .recurrent = GetParam()});
    for (int i = 0; i < 150; ++i) {
      // Few prompts, so that many begin alike.
      if (random() % 3 == 0) rig.submit(request(1 + random() % 150, random() % 5, 1 + random() % 60));
      if (random() % 9 == 0 && !rig.completions.empty())
        rig.engine->cancel(1 + random() % rig.completions.size());
      rig.engine->step();
    }
    rig.run();
    for (const auto& [id, completion] : rig.completions) ASSERT_TRUE(completion->done) << "seed " << seed;
    rig.expect_no_blocks_held();
  }
}

}  // namespace
}  // namespace hearth
