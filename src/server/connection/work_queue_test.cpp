#include "server/connection/work_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <semaphore>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

constexpr size_t kSmall = 100, kLarge = WorkQueue::kLargeBytes + 1;

/// A queue whose first jobs hold its threads until the test lets them go; then the order of the others shows.
struct Rig {
  explicit Rig(size_t num_threads) : queue_owner(*WorkQueue::start(num_threads)), queue(*queue_owner) {}
  ~Rig() { open.release(1000); }

  void block(size_t num_bytes) {
    queue.post({"blocker", num_bytes, [this] {
                  started.release();
                  open.acquire();
                }});
    started.acquire();
  }
  WorkQueue::JobId add(const std::string& tenant, size_t num_bytes, const std::string& name) {
    return queue.post({tenant, num_bytes, [this, name] {
                         const std::scoped_lock lock(mutex);
                         order.push_back(name);
                         done.release();
                       }});
  }
  std::vector<std::string> wait_for(size_t count) {
    for (size_t i = 0; i < count; ++i) done.acquire();
    const std::scoped_lock lock(mutex);
    return order;
  }

  std::counting_semaphore<10'000> started{0}, open{0}, done{0};
  std::mutex mutex;
  std::vector<std::string> order;
  std::unique_ptr<WorkQueue> queue_owner;  ///< goes first
  WorkQueue& queue;
};

size_t place_of(const std::vector<std::string>& order, const std::string& name) {
  return size_t(std::ranges::find(order, name) - order.begin());
}

TEST(WorkQueue, LargeJobsLeaveAThreadForSmallOnes) {
  for (const size_t num_threads : {2, 3, 5}) {
    Rig rig(num_threads);
    for (size_t i = 0; i + 1 < num_threads; ++i) rig.block(kLarge);
    for (int i = 0; i < 20; ++i) rig.add("a", kLarge, "large");
    for (int i = 0; i < 50; ++i) rig.add("a", kSmall, "small");
    EXPECT_EQ(rig.wait_for(50), std::vector<std::string>(50, "small"))
        << "and no large one before they are free";
    rig.open.release(std::ptrdiff_t(num_threads));
    EXPECT_EQ(rig.wait_for(20).size(), 70u);
  }
}

TEST(WorkQueue, OneThreadAloneTakesBothInTurn) {
  Rig rig(1);
  rig.block(kSmall);
  for (int i = 0; i < 10; ++i) rig.add("a", kLarge, "large" + std::to_string(i));
  for (int i = 0; i < 10; ++i) rig.add("a", kSmall, "small" + std::to_string(i));
  rig.open.release();
  const auto order = rig.wait_for(20);
  EXPECT_LE(place_of(order, "small3"), 9u);
  EXPECT_LE(place_of(order, "large3"), 9u);
}

TEST(WorkQueue, TenantsTakeTurnsByBytes) {
  Rig rig(1);
  rig.block(kSmall);
  for (int i = 0; i < 100; ++i) rig.add("greedy", 40'000, "greedy" + std::to_string(i));
  for (int i = 0; i < 10; ++i) rig.add("modest", kSmall, "modest" + std::to_string(i));
  for (int i = 0; i < 10; ++i) rig.add("third", 40'000, "third" + std::to_string(i));
  rig.open.release();
  const auto order = rig.wait_for(120);
  EXPECT_LE(place_of(order, "modest9"), 12u) << "ten of its jobs cost as much as one of the others";
  EXPECT_LE(place_of(order, "third9"), 32u);
  EXPECT_EQ(place_of(order, "greedy99"), 119u);
}

TEST(WorkQueue, AWithdrawnJobNeverRuns) {
  Rig rig(2);
  rig.block(kLarge);
  const auto first = rig.add("a", kLarge, "first");
  const auto second = rig.add("b", kLarge, "second");
  EXPECT_EQ(rig.queue.num_waiting(), 2u);
  EXPECT_TRUE(rig.queue.withdraw(first));
  EXPECT_FALSE(rig.queue.withdraw(first));
  rig.open.release();
  EXPECT_EQ(rig.wait_for(1), std::vector<std::string>{"second"});
  EXPECT_FALSE(rig.queue.withdraw(second));
}

TEST(WorkQueue, EndsWithJobsWaiting) {
  std::atomic<int> num_run = 0;
  {
    Rig rig(2);
    rig.block(kLarge);
    for (int i = 0; i < 10; ++i) rig.queue.post({"a", kLarge, [&] { ++num_run; }});
    rig.open.release();
  }
  EXPECT_LE(num_run, 10);
}

}  // namespace
}  // namespace hearth::server
