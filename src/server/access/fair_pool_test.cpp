#include "server/access/fair_pool.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using Seconds = std::chrono::duration<double>;

/// A pool under a clock that the test moves.
struct Rig {
  Rig(size_t capacity, size_t reserve)
      : pool({.capacity = capacity, .reserve = reserve, .now = [this] { return now; }}) {}

  /// Takes places one by one until there is none for this tenant.
  size_t take_all(const std::string& tenant, size_t most = 100'000) {
    size_t count = 0;
    for (; count < most; ++count) {
      auto hold = pool.try_take(tenant, 1);
      if (!hold) break;
      holds[tenant].push_back(std::move(*hold));
    }
    return count;
  }
  void give_back(const std::string& tenant, size_t count) {
    for (size_t i = 0; i < count; ++i) holds[tenant].pop_back();
  }
  void pass(double seconds) { now += std::chrono::duration_cast<FairPool::Time::duration>(Seconds(seconds)); }

  FairPool::Time now = FairPool::Time(std::chrono::hours(1));
  FairPool pool;
  std::map<std::string, std::vector<FairPool::Hold>> holds;
};

TEST(FairPool, OneAloneMayHoldEverything) {
  Rig rig(320, 64);
  EXPECT_EQ(rig.take_all("a"), 320u);
  rig.give_back("a", 20);
  EXPECT_EQ(rig.take_all("a"), 20u);
  rig.holds.clear();
  EXPECT_EQ(rig.pool.num_used(), 0u);
  EXPECT_EQ(rig.pool.num_tenants(), 0u);
}

TEST(FairPool, NewcomersGetInThoughOneHoldsEverything) {
  Rig rig(320, 64);
  rig.take_all("greedy");
  const size_t second = rig.take_all("b");
  EXPECT_GE(second, 16u);
  EXPECT_LE(second, 32u);
  // Ten more come, each after those before took all they could.
  for (char name = 'c'; name < 'm'; ++name) EXPECT_GE(rig.take_all(std::string(1, name)), 1u) << name;
  EXPECT_EQ(rig.take_all("greedy"), 0u);
}

TEST(FairPool, WhatComesFreeGoesToThoseBelowTheirShare) {
  Rig rig(100, 8);
  rig.take_all("greedy");
  rig.take_all("modest");
  const size_t before = rig.pool.num_held("modest");
  // It wants twenty more, and is told to come back; the greedy one asks all the time.
  for (int i = 0; i < 20; ++i) rig.pool.promise("modest", 1);
  for (int i = 0; i < 20; ++i) {
    rig.give_back("greedy", 1);
    EXPECT_EQ(rig.take_all("greedy"), 0u) << i;
  }
  EXPECT_EQ(rig.take_all("modest", 20), 20u - before) << "its places beyond the capacity are paid back first";
}

TEST(FairPool, AnEvenShareIsReachedWhateverTheOrder) {
  std::mt19937 random(3);
  Rig rig(90, 12);
  rig.take_all("a");
  // All three want everything; places come free one by one.
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> names = {"a", "b", "c"};
    std::ranges::shuffle(names, random);
    const auto most = std::ranges::max_element(
        names, [&](const auto& x, const auto& y) { return rig.holds[x].size() < rig.holds[y].size(); });
    rig.give_back(*most, 1);
    for (const std::string& name : names) {
      if (rig.take_all(name) == 0) rig.pool.promise(name, 1);
    }
    rig.pass(0.1);
  }
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_GE(rig.holds[name].size(), 28u) << name;
    EXPECT_LE(rig.holds[name].size(), 38u) << name;
  }
}

TEST(FairPool, APromiseIsKeptForItsTimeAlone) {
  Rig rig(10, 0);
  rig.take_all("a");
  const int seconds = rig.pool.promise("b", 1);
  rig.give_back("a", 1);
  EXPECT_EQ(rig.take_all("a"), 0u) << "it is b's";
  rig.pass(seconds + 3);
  EXPECT_EQ(rig.take_all("a"), 1u) << "b has not come";
}

TEST(FairPool, HoldsGrowWithinTheirShare) {
  FairPool pool({.capacity = 1000, .reserve = 100});
  auto large = pool.try_take("a", 0);
  ASSERT_TRUE(large);
  EXPECT_TRUE(large->grow(1000));
  EXPECT_FALSE(large->grow(1));
  {
    auto small = pool.try_take("b", 10);
    ASSERT_TRUE(small);
    EXPECT_TRUE(small->grow(15));
    EXPECT_FALSE(small->grow(50));
    EXPECT_EQ(pool.num_held("b"), 25u);
    auto moved = std::move(*small);
    EXPECT_EQ(pool.num_held("b"), 25u);
  }
  EXPECT_EQ(pool.num_held("b"), 0u);
  EXPECT_FALSE(pool.try_take("b", 1001)) << "more than there is";
}

TEST(FairPool, RemembersABoundedNumberOfTenants) {
  Rig rig(4, 0);
  rig.take_all("a");
  for (int i = 0; i < 20'000; ++i) rig.pool.promise("t" + std::to_string(i), 1);
  EXPECT_LE(rig.pool.num_tenants(), 8192u);
  rig.pass(1000);
  rig.pool.would_give("a", 1);
  EXPECT_EQ(rig.pool.num_tenants(), 1u);
}

// What a promise says, against what comes.

TEST(RetryAfter, ShortHoldsOfThePastDoNotSpeakForLongOnes) {
  Rig rig(300, 0);
  for (int i = 0; i < 5000; ++i) {
    rig.take_all("a", 10);
    rig.pass(0.01);
    rig.holds.clear();
  }
  rig.take_all("a");
  double age = 0;
  for (const double later : {2.0, 8.0, 50.0, 240.0}) {
    rig.pass(later);
    age += later;
    const int seconds = rig.pool.promise("b" + std::to_string(int(age)), 1);
    EXPECT_GE(seconds, int(age * 0.9)) << age;
  }
}

TEST(RetryAfter, WhoHoldsMoreThanItsShareWaitsForItsOwn) {
  Rig rig(100, 0);
  rig.take_all("greedy", 60);
  rig.take_all("quick");
  // Others come and go; the greedy one gives nothing back.
  for (int i = 0; i < 300; ++i) {
    rig.pass(0.1);
    rig.give_back("quick", 5);
    for (int j = 0; j < 10; ++j) rig.pool.promise("quick", 1);
    rig.take_all("quick");
  }
  EXPECT_LE(rig.pool.promise("other", 1), 2);
  EXPECT_GE(rig.pool.promise("greedy", 1), 10);
}

struct Outcome {
  double told = 0;    ///< at the first refusal
  double waited = 0;  ///< until it was let in, coming back as told
  int num_refusals = 0;
};

/// Clients of `num_tenants` come in bursts, hold a place for a while, and come back as they are told.
std::vector<Outcome> simulate(size_t capacity, double mean_hold_s, double burst_rate, int num_tenants,
                              bool even_holds, double& idle_share) {
  struct Event {
    double at;
    int client;
    bool leaves;
    bool operator<(const Event& other) const { return at > other.at; }
  };
  std::mt19937 random(11);
  Rig rig(capacity, 0);
  const auto begin = rig.now;
  std::priority_queue<Event> events;
  std::vector<Outcome> outcomes;
  std::vector<double> came;
  // 30 s of burst, then 90 s to get done.
  for (double at = 0; at < 480;) {
    at += std::exponential_distribution(burst_rate)(random);
    if (std::fmod(at, 120) > 30) continue;
    events.push({at, int(came.size()), false});
    came.push_back(at);
    outcomes.emplace_back();
  }
  std::map<int, FairPool::Hold> holds;
  double last = 0, waiting_time = 0, idle_time = 0;
  int num_waiting = 0;
  while (!events.empty()) {
    const Event event = events.top();
    events.pop();
    if (num_waiting > 0) {
      waiting_time += (event.at - last) * double(capacity);
      idle_time += (event.at - last) * double(capacity - rig.pool.num_used());
    }
    last = event.at;
    rig.now = begin + std::chrono::duration_cast<FairPool::Time::duration>(Seconds(event.at));
    if (event.leaves) {
      holds.erase(event.client);
      continue;
    }
    const std::string tenant = "t" + std::to_string(event.client % num_tenants);
    Outcome& outcome = outcomes[size_t(event.client)];
    if (auto hold = rig.pool.try_take(tenant, 1)) {
      const double time = even_holds ? mean_hold_s : std::exponential_distribution(1 / mean_hold_s)(random);
      holds.emplace(event.client, std::move(*hold));
      events.push({event.at + time, event.client, true});
      outcome.waited = event.at - came[size_t(event.client)];
      num_waiting -= outcome.num_refusals > 0;
      continue;
    }
    const int seconds = rig.pool.promise(tenant, 1);
    num_waiting += outcome.num_refusals == 0;
    if (outcome.num_refusals++ == 0) outcome.told = seconds;
    events.push({event.at + seconds, event.client, false});
  }
  idle_share = idle_time / waiting_time;
  return outcomes;
}

TEST(RetryAfter, WhoComesBackAsToldFindsAPlace) {
  for (const double hold_s : {0.5, 3.0, 12.0}) {
    for (const int num_tenants : {1, 5}) {
      for (const bool even : {false, true}) {
        SCOPED_TRACE(testing::Message() << hold_s << " s, " << num_tenants << " tenants, " << even);
        const size_t capacity = 40;
        double idle_share = 0;
        // Twice as many as there is room for.
        std::vector<Outcome> outcomes =
            simulate(capacity, hold_s, 2 * double(capacity) / hold_s, num_tenants, even, idle_share);
        std::erase_if(outcomes, [](const Outcome& outcome) { return outcome.num_refusals == 0; });
        ASSERT_GT(outcomes.size(), 100u);
        const auto first =
            std::ranges::count_if(outcomes, [](const Outcome& outcome) { return outcome.num_refusals == 1; });
        std::vector<double> ratios;
        for (const Outcome& outcome : outcomes) ratios.push_back(outcome.waited / outcome.told);
        std::ranges::sort(ratios);
        const double median = ratios[ratios.size() / 2];
        EXPECT_GE(median, 0.5);
        EXPECT_LE(median, 3);
        EXPECT_GT(double(first), 0.3 * double(outcomes.size())) << "of " << outcomes.size();
        // Holds that all end together cannot be predicted by a rate.
        EXPECT_LT(idle_share, even ? 0.8 : 0.5) << "of the places, while somebody waits to be allowed back";
      }
    }
  }
}

}  // namespace
}  // namespace hearth::server
