#include "engine/schedule/scheduler.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "engine/testing/scheduler_rig.h"

namespace hearth {
namespace {

constexpr size_t kPlenty = 1000;

size_t place(const SchedulerRig& rig, RequestId id) {
  return size_t(std::ranges::find(rig.ended, id) - rig.ended.begin());
}

TEST(Scheduler, ALongPromptDoesNotHoldUpDecoding) {
  SchedulerRig rig({{.num_blocks = 100}}, {.token_budget = 256, .max_running = 8});
  Sequence* decoding = rig.add(request(10, 1, 60));
  rig.step(32);
  rig.add(request(1500, 2, 4));
  rig.step(32);
  Sequence* brief = rig.add(request(20, 3, 1));
  const RequestId brief_id = brief->id;
  for (int i = 0; i < 20; ++i) {
    const size_t before = decoding->tokens.size();
    rig.step(32);
    ASSERT_EQ(decoding->tokens.size(), before + 1) << "every step brings a token";
    if (i == 2) EXPECT_EQ(place(rig, brief_id), 0u) << "a short prompt passes a long one";
  }
  rig.run(kPlenty, 200);
}

TEST(Scheduler, ASharedPrefixIsComputedOnce) {
  SchedulerRig rig({{.num_blocks = 200}}, {.token_budget = 64, .max_running = 16});
  for (uint32_t i = 0; i < 16; ++i) {
    GenerateRequest one = request(400, 1, 3);
    one.prompt.append_tokens(random_tokens(20, 100 + i));
    rig.add(std::move(one));
  }
  rig.run(kPlenty, 200);
  // The prefix once, what is each one's own, and the tokens of the completions but the last.
  EXPECT_LE(rig.num_computed, 400u + 16 * (20 + 2) + 16);
  EXPECT_GT(rig.memory.num_copies, 10u) << "the block that all begin alike is copied";
}

TEST(Scheduler, ChoicesOfOnePromptShareIt) {
  SchedulerRig rig({{.num_blocks = 40}}, {.token_budget = 64, .max_running = 8});
  for (int i = 0; i < 5; ++i) rig.add(request(300, 1, 10));
  rig.run(kPlenty, 100);
  EXPECT_EQ(rig.num_computed, 300u + 4 + 5 * 9) << "of the prompt, only the last token is computed again";
}

/// Of a recurrent state some places are known: the ends of prompts, multiples of kCheckpointTokens, and where
/// two prompts were seen to part.
TEST(Scheduler, AStateGoesOnWhereItWasKept) {
  const auto make = [] {
    return std::make_unique<SchedulerRig>(
        std::vector<KvLedger::Group>{{.num_blocks = 100}, {.num_blocks = 20, .is_state = true}},
        SchedulerLimits{.token_budget = 600, .max_running = 4});
  };
  const auto prompt_of = [](size_t shared, uint32_t seed, size_t size) {
    GenerateRequest made = request(shared, 1, 3);
    const std::vector<TokenId> other = random_tokens(size, seed);
    made.prompt.append_tokens(std::span(other).subspan(shared));
    return made;
  };
  const auto cached = [](SchedulerRig& rig, GenerateRequest made) {
    Sequence* sequence = rig.add(std::move(made));
    rig.step(kPlenty);
    const size_t found = sequence->num_cached_tokens;
    rig.run(kPlenty, 100);
    return found;
  };
  auto rig = make();
  EXPECT_EQ(cached(*rig, prompt_of(300, 2, 500)), 0u);
  EXPECT_EQ(cached(*rig, prompt_of(300, 3, 500)), 0u) << "the first was computed in one step";
  EXPECT_EQ(cached(*rig, prompt_of(300, 4, 500)), 288u) << "where the first two parted";
  // A turn goes on where the one before has ended.
  rig = make();
  Sequence* first = rig->add(request(333, 1, 6));
  std::vector<TokenId> text;
  while (rig->sequences.contains(1)) {
    text = first->tokens;
    rig->step(kPlenty);
  }
  GenerateRequest next = request(0, 9, 3);
  next.prompt = std::move(text);
  next.prompt.append_tokens(random_tokens(10, 9));
  EXPECT_EQ(cached(*rig, std::move(next)), 338u);
  // Prompts beyond a step leave states on their way.
  rig = make();
  EXPECT_EQ(cached(*rig, prompt_of(1500, 2, 1500)), 0u);
  EXPECT_EQ(cached(*rig, prompt_of(1100, 3, 1500)), 1024u);
  rig->expect_empty();
}

TEST(Scheduler, PreemptsTheNewestOfTheLastPriority) {
  SchedulerRig rig({{.num_blocks = 12}}, {.token_budget = 512, .max_running = 8}, Sharing::kNone);
  const auto made = [](uint32_t seed, int priority) {
    GenerateRequest one = request(90, seed, 100);
    one.priority = priority;
    return one;
  };
  Sequence* low = rig.add(made(1, 0));
  rig.step(kPlenty);
  Sequence* high = rig.add(made(2, -5));
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
  eager.priority = -1;
  const RequestId first = rig.add(std::move(eager))->id;
  rig.run(kPlenty, 100);
  EXPECT_LT(place(rig, first), place(rig, plain));

  // However many that go first keep coming, it has its turn.
  const RequestId patient = rig.add(request(10, 4, 5))->id;
  int steps = 0;
  for (uint32_t i = 1000; i < 1003; ++i) {
    GenerateRequest more = request(10, i, 5);
    more.priority = -1000;
    rig.add(std::move(more));
  }
  for (uint32_t i = 0; place(rig, patient) == rig.ended.size(); ++i) {
    GenerateRequest more = request(10, 10 + i, 5);
    more.priority = -1000;
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

GenerateRequest long_completion_of(const char* tenant, uint32_t seed, size_t num_tokens) {
  GenerateRequest one = request(20, seed, num_tokens);
  one.tenant = tenant;
  return one;
}

size_t num_running_of(const SchedulerRig& rig, const std::string& tenant) {
  return size_t(std::ranges::count(rig.scheduler.running(), tenant, &Sequence::tenant));
}

TEST(Scheduler, LongCompletionsOfOneTenantArePreemptedForAnother) {
  SchedulerRig rig({{.num_blocks = 400}}, {.token_budget = 256, .max_running = 8});
  for (uint32_t i = 0; i < 20; ++i) rig.add(long_completion_of("greedy", i, 500));
  for (int i = 0; i < 10; ++i) rig.step(kPlenty);
  EXPECT_EQ(num_running_of(rig, "greedy"), 8u);
  const RequestId first = rig.add(long_completion_of("modest", 100, 3))->id;
  for (int i = 0; i < 8; ++i) rig.step(kPlenty);
  EXPECT_LT(place(rig, first), rig.ended.size()) << "before any completion of the other has ended";
  EXPECT_EQ(num_running_of(rig, "greedy"), 8u) << "they go on afterwards";
  // A tenant that wants much gets half, and no more.
  for (uint32_t i = 0; i < 20; ++i) rig.add(long_completion_of("modest", 200 + i, 300));
  for (int i = 0; i < 10; ++i) rig.step(kPlenty);
  EXPECT_EQ(num_running_of(rig, "greedy"), 4u);
  EXPECT_EQ(num_running_of(rig, "modest"), 4u);
  const uint64_t num_preemptions = rig.scheduler.num_preemptions();
  for (int i = 0; i < 100; ++i) rig.step(kPlenty);
  EXPECT_EQ(rig.scheduler.num_preemptions(), num_preemptions) << "and so it stays";
  rig.run(kPlenty, 20'000);
  rig.expect_empty();
}

TEST(Scheduler, LongCompletionsArePreemptedWhereBlocksAreShort) {
  // Room for the completions of one tenant, nearly.
  SchedulerRig rig({{.num_blocks = 40}}, {.token_budget = 256, .max_running = 8});
  for (uint32_t i = 0; i < 12; ++i) rig.add(long_completion_of("greedy", i, 200));
  for (int i = 0; i < 100; ++i) rig.step(kPlenty);
  std::vector<RequestId> modest;
  for (uint32_t i = 0; i < 4; ++i) {
    modest.push_back(rig.add(long_completion_of("modest", 100 + i, 20))->id);
    for (int j = 0; j < 40; ++j) rig.step(kPlenty);
    EXPECT_LT(place(rig, modest.back()), rig.ended.size());
  }
  rig.run(kPlenty, 20'000);
  rig.expect_empty();
}

/// Computes a prompt, then others that take its room: what it begins with is on disk, and memory knows
/// nothing.
void leave_on_disk(SchedulerRig& rig) {
  rig.add(request(800, 1, 1));
  rig.run(kPlenty, 100);
  for (uint32_t i = 0; i < 4; ++i) rig.add(request(300, 10 + i, 1));
  rig.run(kPlenty, 100);
  rig.prefixes->clear();
}

TEST(Scheduler, DecodingGoesOnWhileAPrefixIsReadFromDisk) {
  SchedulerRig rig({{.num_blocks = 40}}, {.token_budget = 64, .max_running = 4}, Sharing::kMemoryAndDisk);
  leave_on_disk(rig);
  const size_t computed = rig.num_computed;

  Sequence* decoding = rig.add(request(10, 2, 100));
  rig.step(kPlenty);
  Sequence* cold = rig.add(request(800, 1, 5));
  Sequence* warm = rig.add(request(12, 3, 5));
  const RequestId warm_id = warm->id;
  int num_steps = 0;
  for (; cold->status == SequenceStatus::kWaiting; ++num_steps) {
    const size_t before = decoding->tokens.size();
    ASSERT_TRUE(rig.step(kPlenty));
    ASSERT_EQ(decoding->tokens.size(), before + 1) << "every step brings a token";
    ASSERT_LT(num_steps, 60);
  }
  EXPECT_GT(num_steps, 5);
  EXPECT_EQ(place(rig, warm_id), rig.ended.size() - 1)
      << "one that needs nothing of the disk does not wait for it";
  EXPECT_EQ(rig.disk->num_waits, 0u);
  EXPECT_GE(cold->num_cached_tokens, 700u);
  rig.run(kPlenty, 200);
  EXPECT_LT(rig.num_computed, computed + 10 + 100 + 100 + 12 + 10);

  // Where nothing else runs, it is read at once.
  rig.prefixes->clear();
  rig.add(request(800, 1, 5));
  rig.run(kPlenty, 20);
  EXPECT_GT(rig.disk->num_waits, 0u);
}

TEST(Scheduler, WhoLeavesWhileItsPrefixIsReadLeavesNothing) {
  SchedulerRig rig({{.num_blocks = 40}}, {.token_budget = 64, .max_running = 4}, Sharing::kMemoryAndDisk);
  leave_on_disk(rig);
  rig.add(request(10, 2, 30));
  rig.step(kPlenty);
  Sequence* leaver = rig.add(request(800, 1, 5));
  const RequestId follower = rig.add(request(800, 1, 5))->id;
  rig.step(kPlenty);
  ASSERT_EQ(leaver->status, SequenceStatus::kWaiting);
  rig.remove(leaver);
  rig.run(kPlenty, 200);
  EXPECT_LT(place(rig, follower), rig.ended.size());
  rig.expect_empty();
}

GenerateRequest request_of(const char* tenant, uint32_t seed, int priority) {
  GenerateRequest one = request(40, seed, 10);
  one.tenant = tenant;
  one.priority = priority;
  return one;
}

TEST(Scheduler, PriorityMovesATenantsTurn) {
  SchedulerRig rig({{.num_blocks = 50}}, {.token_budget = 64, .max_running = 1});
  rig.add(request_of("first", 1, 0));
  rig.step(kPlenty);
  const RequestId plain = rig.add(request_of("plain", 2, 0))->id;
  const RequestId patient = rig.add(request_of("patient", 3, 1))->id;
  const RequestId eager = rig.add(request_of("eager", 4, -1))->id;
  const RequestId other = rig.add(request_of("other", 5, 0))->id;
  rig.run(kPlenty, 200);
  EXPECT_EQ(place(rig, eager), 1u);
  EXPECT_EQ(place(rig, plain), 2u) << "among equals, the one that came first";
  EXPECT_EQ(place(rig, other), 3u);
  EXPECT_EQ(place(rig, patient), 4u);
}

/// Two tenants that both want all there is; counts whose requests end.
struct Rivals {
  void run_until_ended(size_t count) {
    while (num_loud + num_modest < count) {
      for (; loud_asks && num_loud_open < 3; ++num_loud_open) loud.insert(add("loud", -1000));
      for (; num_modest_open < 3; ++num_modest_open) add("modest", 0);
      ASSERT_TRUE(rig.step(kPlenty));
      for (; num_seen < rig.ended.size(); ++num_seen) {
        const bool is_loud = loud.contains(rig.ended[num_seen]);
        ++(is_loud ? num_loud : num_modest);
        --(is_loud ? num_loud_open : num_modest_open);
      }
    }
  }
  RequestId add(const char* tenant, int priority) {
    return rig.add(request_of(tenant, ++num_added, priority))->id;
  }

  SchedulerRig rig{{{.num_blocks = 50}}, {.token_budget = 64, .max_running = 1}};
  bool loud_asks = true;
  std::set<RequestId> loud;
  uint32_t num_added = 0;
  size_t num_loud = 0, num_modest = 0, num_loud_open = 0, num_modest_open = 0, num_seen = 0;
};

TEST(Scheduler, NoTenantTakesAnothersShareByItsPriority) {
  constexpr int64_t kTokensOfEach = 40 + 9;
  constexpr size_t kHeadStart =
      size_t(Scheduler::kTokensPerPriority * Scheduler::kMaxPriority / kTokensOfEach);
  Rivals rivals;
  rivals.run_until_ended(kHeadStart);
  EXPECT_LE(rivals.num_modest, 2u) << "the loud one goes first";
  const auto expect_even = [&](size_t count) {
    const size_t loud = rivals.num_loud, modest = rivals.num_modest;
    rivals.run_until_ended(loud + modest + count);
    EXPECT_NEAR(double(rivals.num_loud - loud), double(rivals.num_modest - modest), 3);
  };
  rivals.run_until_ended(kHeadStart + 30);
  expect_even(100);

  // A pause, in which the other is not yet served as much, brings no second head start.
  rivals.loud_asks = false;
  rivals.run_until_ended(rivals.num_loud + rivals.num_modest + 20);
  EXPECT_EQ(rivals.num_loud_open, 0u);
  rivals.loud_asks = true;
  rivals.run_until_ended(rivals.num_loud + rivals.num_modest + 20);
  expect_even(100);
}

TEST(Scheduler, WhoAsksForLittleSavesNothingUp) {
  SchedulerRig rig({{.num_blocks = 100}}, {.token_budget = 64, .max_running = 2});
  GenerateRequest slow = request_of("light", 1, 0);
  slow.max_tokens = 400;
  rig.add(std::move(slow));
  for (uint32_t i = 0; i < 60; ++i) rig.add(request_of("busy", 100 + i, 0));
  for (int i = 0; i < 300; ++i) rig.step(kPlenty);
  // Its one completion goes on all the time; now it wants as much as the other.
  std::set<RequestId> light;
  for (uint32_t i = 0; i < 20; ++i) light.insert(rig.add(request_of("light", 200 + i, 0))->id);
  const size_t before = rig.ended.size();
  while (rig.ended.size() < before + 10) ASSERT_TRUE(rig.step(kPlenty));
  const auto num_light = std::count_if(rig.ended.begin() + ptrdiff_t(before), rig.ended.end(),
                                       [&](RequestId id) { return light.contains(id); });
  EXPECT_LE(num_light, 6);
  rig.run(kPlenty, 4000);
}

/// The same tokens, of which some stand for one of a few contents.
Prompt with_contents(std::span<const TokenId> tokens, std::mt19937& random) {
  Prompt prompt;
  while (prompt.size() < tokens.size()) {
    const auto rest = tokens.subspan(prompt.size());
    const auto run = rest.first(std::min<size_t>(rest.size(), 1 + random() % 4 * 20));
    if (random() % 2 == 0) {
      prompt.append_tokens(run);
    } else {
      prompt.append_media(SegmentKind::kImage, run, ContentHash{uint8_t(1 + random() % 2)});
    }
  }
  return prompt;
}

/// Random arrivals, cancels, priorities, tenants, drafts and pools too small for all.
void simulate(uint32_t seed) {
  std::mt19937 random(seed);
  const auto up_to = [&](uint32_t most) { return 1 + random() % most; };
  const size_t context = 40 + random() % (random() % 8 == 0 ? 700 : 160);
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
  if (random() % 3 == 0) {
    const auto states = int32_t(kStatesForSequence) + int32_t(random() % 12);
    if (random() % 4 == 0) groups.clear();
    groups.push_back({.num_blocks = states, .is_state = true});
  }
  constexpr Sharing kSharings[] = {Sharing::kNone, Sharing::kMemory, Sharing::kMemoryAndDisk};
  const Sharing sharing = kSharings[random() % 3];
  const uint32_t max_running = up_to(6);
  SchedulerRig rig(groups, {.token_budget = budget, .max_running = max_running}, sharing, random() % 3 * 5);
  for (int i = 0; i < 60; ++i) {
    if (random() % 4 == 0) {
      // Few beginnings, so that many are alike.
      GenerateRequest made = request(up_to(uint32_t(context) - 1), random() % 3, 0);
      if (random() % 3 == 0) made.prompt = with_contents(made.prompt.tokens(), random);
      made.max_tokens = std::min<size_t>(random() % 30, context - made.prompt.size());
      if (*made.max_tokens == 0) made.max_tokens = 1;
      made.tenant = std::string(1, char('a' + random() % 3));
      made.priority = random() % 4 == 0 ? int(random() % 41) - 20 : int(random() % 5) - 2;
      if (random() % 5 == 0) made.cache_salt = "salt";
      if (random() % 5 == 0) made.adapter = "adapter";
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
  rig.run(up_to(40), 60000);
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
