#include "engine/scheduler.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "engine/scheduler_rig.h"

namespace hearth {
namespace {

constexpr size_t kPlenty = 1000;

size_t place(const SchedulerRig& rig, RequestId id) {
  return size_t(std::ranges::find(rig.ended, id) - rig.ended.begin());
}

TEST(Scheduler, ALongPromptDoesNotHoldAnswersUp) {
  SchedulerRig rig({{.num_blocks = 100}}, {.token_budget = 256, .max_running = 8});
  Sequence* answering = rig.add(request(10, 1, 60));
  rig.step(32);
  rig.add(request(1500, 2, 4));
  rig.step(32);
  Sequence* brief = rig.add(request(20, 3, 1));
  const RequestId brief_id = brief->id;
  for (int i = 0; i < 20; ++i) {
    const size_t before = answering->tokens.size();
    rig.step(32);
    ASSERT_EQ(answering->tokens.size(), before + 1) << "every step brings a token";
    if (i == 2) EXPECT_EQ(place(rig, brief_id), 0u) << "a short prompt passes a long one";
  }
  rig.run(kPlenty, 200);
}

TEST(Scheduler, ASharedPrefixIsComputedOnce) {
  SchedulerRig rig({{.num_blocks = 200}}, {.token_budget = 64, .max_running = 16});
  const std::vector<TokenId> system = request(400, 1).prompt;
  for (uint32_t i = 0; i < 16; ++i) {
    GenerateRequest one = request(20, 100 + i, 3);
    one.prompt.insert(one.prompt.begin(), system.begin(), system.end());
    rig.add(std::move(one));
  }
  rig.run(kPlenty, 200);
  // The prefix once, what is each one's own, and the tokens of the answers but the last.
  EXPECT_LE(rig.num_computed, 400u + 16 * (20 + 2) + 16);
  EXPECT_GT(rig.memory.num_copies, 10u) << "the block that all begin alike is copied";
}

TEST(Scheduler, ChoicesOfOnePromptShareIt) {
  SchedulerRig rig({{.num_blocks = 40}}, {.token_budget = 64, .max_running = 8});
  for (int i = 0; i < 5; ++i) rig.add(request(300, 1, 10));
  rig.run(kPlenty, 100);
  EXPECT_EQ(rig.num_computed, 300u + 4 + 5 * 9) << "of the prompt, only the last token is computed again";
}

TEST(Scheduler, WhoGivesWayIsTheNewestOfTheLowestPriority) {
  SchedulerRig rig({{.num_blocks = 12}}, {.token_budget = 512, .max_running = 8}, false);
  const auto made = [](uint32_t seed, int priority) {
    GenerateRequest one = request(90, seed, 100);
    one.priority = priority;
    return one;
  };
  Sequence* low = rig.add(made(1, 0));
  rig.step(kPlenty);
  Sequence* high = rig.add(made(2, 5));
  rig.step(kPlenty);
  Sequence* late = rig.add(made(3, 0));
  const std::vector<RequestId> ids = {low->id, high->id, late->id};
  while (rig.scheduler.num_preemptions() == 0) ASSERT_TRUE(rig.step(kPlenty));
  EXPECT_EQ(late->status, SequenceStatus::kWaiting);
  EXPECT_GT(late->num_generated(), 0u) << "it keeps its tokens";
  rig.run(kPlenty, 2000);
  EXPECT_EQ(place(rig, ids[2]), 2u);
  rig.expect_empty();
}

TEST(Scheduler, PriorityIsAHeadStartAndNoMore) {
  SchedulerRig rig({{.num_blocks = 50}}, {.token_budget = 64, .max_running = 1});
  rig.add(request(10, 1, 30));
  rig.step(kPlenty);
  const RequestId plain = rig.add(request(10, 2, 5))->id;
  GenerateRequest eager = request(10, 3, 5);
  eager.priority = 1;
  const RequestId first = rig.add(std::move(eager))->id;
  rig.run(kPlenty, 100);
  EXPECT_LT(place(rig, first), place(rig, plain));

  // However many with a higher one keep coming, it has its turn.
  const RequestId patient = rig.add(request(10, 4, 5))->id;
  int steps = 0;
  for (uint32_t i = 1000; i < 1003; ++i) {
    GenerateRequest more = request(10, i, 5);
    more.priority = 1000;
    rig.add(std::move(more));
  }
  for (uint32_t i = 0; place(rig, patient) == rig.ended.size(); ++i) {
    GenerateRequest more = request(10, 10 + i, 5);
    more.priority = 1000;
    rig.add(std::move(more));
    for (int j = 0; j < 5; ++j) rig.step(kPlenty);
    ASSERT_LT(steps += 5, int(Scheduler::kMaxPriority * Scheduler::kStepsPerPriority) + 100);
  }
  EXPECT_GT(steps, 500);
}

TEST(Scheduler, TenantsTakeTurns) {
  SchedulerRig rig({{.num_blocks = 100}}, {.token_budget = 64, .max_running = 2});
  const auto of = [](const char* tenant, uint32_t seed) {
    GenerateRequest one = request(40, seed, 10);
    one.tenant = tenant;
    return one;
  };
  for (uint32_t i = 0; i < 40; ++i) rig.add(of("greedy", i));
  for (int i = 0; i < 15; ++i) rig.step(kPlenty);
  std::vector<RequestId> modest;
  for (uint32_t i = 0; i < 3; ++i) modest.push_back(rig.add(of("modest", 100 + i))->id);
  const size_t before = rig.ended.size();
  rig.run(kPlenty, 2000);
  for (size_t i = 0; i < modest.size(); ++i) {
    EXPECT_LE(place(rig, modest[i]), before + 2 * i + 4) << "one of two goes to each tenant";
  }
}

/// Random arrivals, cancels, priorities, tenants, guesses and pools too small for all.
void simulate(uint32_t seed) {
  std::mt19937 random(seed);
  const auto up_to = [&](uint32_t most) { return 1 + random() % most; };
  const size_t context = 40 + random() % 160;
  const size_t budget = up_to(80);
  const auto one = int32_t((context + 31) / 32);
  std::vector<KvLedger::Group> groups = {{.num_blocks = one + int32_t(random() % 12)}};
  if (random() % 2 == 0) {
    const int window = int(up_to(70));
    groups.push_back(
        {.num_blocks = int32_t(blocks_for_sequence(context, size_t(window), budget)) + int32_t(random() % 12),
         .window = window});
  }
  if (random() % 8 == 0 && groups.size() == 2) groups.erase(groups.begin());
  SchedulerRig rig(groups, {.token_budget = budget, .max_running = up_to(6)}, random() % 4 != 0);
  for (int i = 0; i < 60; ++i) {
    if (random() % 4 == 0) {
      // Few beginnings, so that many are alike.
      GenerateRequest made = request(up_to(uint32_t(context) - 1), random() % 3, 0);
      made.max_tokens = std::min<size_t>(random() % 30, context - made.prompt.size());
      if (*made.max_tokens == 0) made.max_tokens = 1;
      made.tenant = std::string(1, char('a' + random() % 3));
      made.priority = int(random() % 5) - 2;
      if (random() % 5 == 0) made.cache_salt = "salt";
      rig.add(std::move(made));
    }
    if (random() % 10 == 0 && !rig.sequences.empty()) {
      rig.remove(std::next(rig.sequences.begin(), ptrdiff_t(random() % rig.sequences.size()))->second.get());
    }
    for (Sequence* sequence : rig.scheduler.running()) {
      sequence->drafts.clear();
      if (random() % 3 != 0) continue;
      sequence->drafts.push_back(SchedulerRig::next_token(*sequence));
      sequence->drafts.push_back(TokenId(random() % 25));
    }
    rig.step(up_to(40));
    if (testing::Test::HasFatalFailure()) return;
  }
  rig.run(up_to(40), 4000);
  if (!testing::Test::HasFatalFailure()) rig.expect_empty();
}

TEST(Scheduler, EveryoneFinishesWhateverHappens) {
  constexpr uint32_t kSeeds = 10000;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    simulate(seed);
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace hearth
