#include "engine/encode/encoder_engine.h"

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine_loop.h"
#include "engine/schedule/scheduler.h"
#include "engine/testing/fake_encoder.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kVocab = 50;

struct EncoderRig {
  explicit EncoderRig(int max_batch_tokens = 64, size_t max_running = 16, int num_labels = 0,
                      size_t max_waiting = 0)
      : model(kVocab, max_batch_tokens, num_labels),
        engine(model,
               {.context = 40, .max_running = max_running, .max_waiting = max_waiting, .clock = [this] {
                  return std::chrono::seconds(++num_readings);
                }}) {}

  RequestId submit(GenerateRequest request) {
    auto result = std::make_shared<std::optional<GenerateResult>>();
    request.on_event = [result, this](const GenerateEvent& event) {
      EXPECT_FALSE(result->has_value()) << "an event after the last one";
      ASSERT_NE(event.result, nullptr);
      *result = *event.result;
      order.push_back(event.id);
    };
    const RequestId id = *engine.submit(std::move(request));
    results[id] = result;
    return id;
  }
  void run() {
    while (engine.step()) {
    }
  }
  const GenerateResult& result(RequestId id) { return **results.at(id); }

  int64_t num_readings = 0;
  FakeEncoder model;
  EncoderEngine engine;
  std::map<RequestId, std::shared_ptr<std::optional<GenerateResult>>> results;
  std::vector<RequestId> order;  ///< of the ends
};

GenerateRequest text(std::vector<TokenId> tokens, Pooling pooling = Pooling::kMean) {
  GenerateRequest request;
  request.task = Task::kEmbed;
  request.vector.pooling = pooling;
  request.prompt = std::move(tokens);
  return request;
}

std::vector<TokenId> random_text(std::mt19937& random) {
  std::vector<TokenId> tokens(1 + random() % 40);
  for (TokenId& token : tokens) token = TokenId(random() % kVocab);
  return tokens;
}

TEST(EncoderEngine, CompanyAndOrderGiveTheSameBits) {
  std::mt19937 random(7);
  std::vector<GenerateRequest> (*make)(uint32_t) = [](uint32_t seed) {
    std::mt19937 source(seed);
    std::vector<GenerateRequest> requests;
    for (int i = 0; i < 60; ++i) {
      const Pooling pooling = std::array{Pooling::kMean, Pooling::kCls, Pooling::kLast}[size_t(i) % 3];
      requests.push_back(text(random_text(source), pooling));
      if (i % 4 == 0) requests.back().task = Task::kScore;
      if (i % 5 == 0) requests.back().token_types.assign(requests.back().prompt.size(), 1);
    }
    return requests;
  };
  std::vector<std::pair<std::vector<float>, std::vector<float>>> expected;
  for (GenerateRequest& request : make(3)) {
    EncoderRig rig(64, 16, 2);
    const RequestId id = rig.submit(std::move(request));
    rig.run();
    EXPECT_EQ(rig.result(id).reason, FinishReason::kStop);
    expected.emplace_back(rig.result(id).embedding, rig.result(id).scores);
  }
  for (const int budget : {40, 64, 1000}) {
    EncoderRig rig(budget, 16, 2);
    std::vector<GenerateRequest> requests = make(3);
    std::vector<size_t> order(requests.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    std::map<size_t, RequestId> ids;
    for (const size_t index : order) ids[index] = rig.submit(std::move(requests[index]));
    rig.run();
    for (size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(rig.result(ids[i]).embedding, expected[i].first) << i;
      EXPECT_EQ(rig.result(ids[i]).scores, expected[i].second) << i;
    }
  }
}

TEST(EncoderEngine, StepsAreFullOfWholeTexts) {
  EncoderRig rig(64, 5);
  for (int i = 0; i < 4; ++i) rig.submit(text(std::vector<TokenId>(20, 1)));
  for (int i = 0; i < 7; ++i) rig.submit(text({1, 2}));
  rig.run();
  EXPECT_THAT(rig.model.batches, ElementsAre(3, 5, 3));
  const EngineStats stats = rig.engine.stats();
  EXPECT_EQ(stats.num_steps, 3u);
  EXPECT_EQ(stats.num_step_sequences, 11u);
  EXPECT_EQ(stats.num_computed_tokens, 94u);
  EXPECT_EQ(stats.num_prompt_tokens, 94u);
  EXPECT_EQ(stats.num_finished, 11u);
  EXPECT_EQ(stats.num_submitted, 11u);
  EXPECT_EQ(stats.num_waiting, 0u);
  EXPECT_EQ(stats.num_kv_blocks, 0u);
}

TEST(EncoderEngine, TellsUsageAndTimes) {
  EncoderRig rig;
  const RequestId id = rig.submit(text({1, 2, 3}));
  rig.run();
  EXPECT_EQ(rig.result(id).usage.num_prompt_tokens, 3u);
  EXPECT_EQ(rig.result(id).usage.num_generated_tokens, 0u);
  EXPECT_EQ(rig.result(id).timings.queued, std::chrono::seconds(1));
  EXPECT_EQ(rig.result(id).timings.prompt, std::chrono::seconds(1));
  EXPECT_EQ(rig.result(id).embedding.size(), size_t(FakeEncoder::kHiddenSize));
}

TEST(EncoderEngine, TenantsTakeTurnsByTokens) {
  EncoderRig rig(40);
  std::vector<RequestId> many, few;
  for (int i = 0; i < 8; ++i) {
    GenerateRequest request = text(std::vector<TokenId>(20, 1));
    request.tenant = "many";
    many.push_back(rig.submit(std::move(request)));
  }
  for (int i = 0; i < 4; ++i) {
    GenerateRequest request = text(std::vector<TokenId>(10, 1));
    request.tenant = "few";
    few.push_back(rig.submit(std::move(request)));
  }
  rig.run();
  // As many tokens of either while both wait: of the second two texts for each of the first.
  EXPECT_THAT(rig.order, ElementsAre(many[0], few[0], few[1], many[1], few[2], few[3], many[2], many[3],
                                     many[4], many[5], many[6], many[7]));
}

TEST(EncoderEngine, PriorityGoesFirstWithinATenantAndStarvesNobody) {
  EncoderRig rig(40);
  const RequestId late = rig.submit(text(std::vector<TokenId>(40, 1)));
  GenerateRequest urgent = text(std::vector<TokenId>(40, 2));
  urgent.priority = -1;
  const RequestId first = rig.submit(std::move(urgent));
  rig.run();
  EXPECT_THAT(rig.order, ElementsAre(first, late));

  EncoderRig busy(40);
  const RequestId waits = busy.submit(text(std::vector<TokenId>(40, 1)));
  for (int64_t i = 0; !busy.results[waits]->has_value(); ++i) {
    ASSERT_LE(i, Scheduler::kStepsPerPriority + 1);
    GenerateRequest more = text(std::vector<TokenId>(40, 2));
    more.priority = -1;
    busy.submit(std::move(more));
    busy.engine.step();
  }
}

TEST(EncoderEngine, CancelledTextsEndAndAreNotComputed) {
  EncoderRig rig(40);
  const RequestId first = rig.submit(text(std::vector<TokenId>(40, 1)));
  const RequestId second = rig.submit(text(std::vector<TokenId>(40, 2)));
  const RequestId third = rig.submit(text(std::vector<TokenId>(40, 3)));
  rig.engine.cancel(second);
  rig.engine.cancel(12345);
  rig.run();
  rig.engine.cancel(first);
  rig.run();
  EXPECT_EQ(rig.result(first).reason, FinishReason::kStop);
  EXPECT_EQ(rig.result(second).reason, FinishReason::kCancelled);
  EXPECT_EQ(rig.result(third).reason, FinishReason::kStop);
  EXPECT_EQ(rig.engine.stats().num_computed_tokens, 80u);
  EXPECT_EQ(rig.engine.stats().num_finished, 3u);
}

TEST(EncoderEngine, WhatIsNoNumberFailsAlone) {
  for (const Task task : {Task::kEmbed, Task::kScore}) {
    EncoderRig rig(64, 16, 1);
    rig.model.bad_token = 9;
    GenerateRequest bad = text({1, 9, 2}), good = text({1, 2});
    bad.task = good.task = task;
    const RequestId failing = rig.submit(std::move(bad)), kept = rig.submit(std::move(good));
    rig.run();
    EXPECT_EQ(rig.result(failing).reason, FinishReason::kError);
    EXPECT_EQ(rig.result(failing).error->code, ErrorCode::kNotFinite);
    EXPECT_TRUE(rig.result(failing).embedding.empty() && rig.result(failing).scores.empty());
    EXPECT_EQ(rig.result(kept).reason, FinishReason::kStop);
    EXPECT_THAT(rig.model.batches, ElementsAre(2));
  }
}

TEST(EncoderEngine, RefusesWhatItCannotDoByName) {
  EncoderRig rig;
  const auto error_of = [&](GenerateRequest request) {
    const auto id = rig.engine.submit(std::move(request));
    return id ? Error{} : id.error();
  };
  GenerateRequest chat;
  chat.prompt = std::vector<TokenId>{1};
  EXPECT_THAT(error_of(std::move(chat)).message, HasSubstr("encoder, which reads texts and writes none"));
  GenerateRequest score = text({1});
  score.task = Task::kScore;
  EXPECT_EQ(error_of(std::move(score)).code, ErrorCode::kUnsupported);
  const Error too_long = error_of(text(std::vector<TokenId>(41, 1)));
  EXPECT_EQ(too_long.code, ErrorCode::kContextOverflow);
  EXPECT_THAT(too_long.message, HasSubstr("41 tokens, but the context holds 40"));
  EXPECT_EQ(error_of(text({})).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of(text({kVocab})).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of(text({1}, Pooling::kRank)).code, ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(text({1}, Pooling::kNone)).code, ErrorCode::kUnsupported);
  for (const std::vector<int32_t>& types : {std::vector<int32_t>{0}, {0, 2}, {-1, 0}}) {
    GenerateRequest typed = text({1, 2});
    typed.token_types = types;
    EXPECT_THAT(error_of(std::move(typed)).message, HasSubstr("token_types"));
  }
  EXPECT_TRUE(rig.model.batches.empty());
}

TEST(EncoderEngine, AFullQueueRefusesAtOnce) {
  EncoderRig rig(64, 1, 0, 2);
  for (int i = 0; i < 3; ++i) rig.submit(text({1}));
  EXPECT_EQ(rig.engine.submit(text({1})).error().code, ErrorCode::kOverloaded);
  EXPECT_EQ(rig.engine.stats().num_refused, 1u);
  EXPECT_EQ(rig.engine.stats().num_waiting, 3u);
  rig.run();
  EXPECT_TRUE(rig.engine.submit(text({1})).has_value());
}

TEST(EncoderEngine, RequestsComeFromManyThreads) {
  FakeEncoder model(kVocab, 64);
  EncoderEngine engine(model, {.context = 40, .max_running = 8, .clock = [] {
                                 return std::chrono::steady_clock::now().time_since_epoch();
                               }});
  std::atomic<int> num_ended = 0;
  {
    const auto loop = *EngineLoop::start(engine);
    std::vector<std::thread> threads;
    for (uint32_t seed = 0; seed < 4; ++seed) {
      threads.emplace_back([&, seed] {
        std::mt19937 random(seed);
        for (int i = 0; i < 100; ++i) {
          GenerateRequest request = text(random_text(random));
          request.on_event = [&](const GenerateEvent& event) { num_ended += event.result != nullptr; };
          const RequestId id = *loop->submit(std::move(request));
          if (i % 7 == 0) loop->cancel(id);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (num_ended < 400 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  }
  EXPECT_EQ(num_ended, 400);
}

}  // namespace
}  // namespace hearth
