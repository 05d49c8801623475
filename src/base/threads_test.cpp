#include "base/threads.h"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>

#include "base/cpu_topology.h"

namespace hearth {
namespace {

TEST(ThreadPool, RunsEveryThreadOnceAndWaits) {
  for (const int size : {1, 2, 5}) {
    ThreadPool pool(size);
    std::vector<int> calls(size_t(size), 0);
    for (int round = 0; round < 200; ++round) {
      pool.run([&](int thread) { ++calls[size_t(thread)]; });
    }
    for (const int count : calls) EXPECT_EQ(count, 200);
  }
}

TEST(ThreadPool, BarrierSeparatesPhases) {
  for (const int size : {2, 3, 7}) {
    ThreadPool pool(size);
    std::vector<int> written(size_t(size), -1);
    std::atomic<int> wrong = 0;
    pool.run([&](int thread) {
      for (int phase = 0; phase < 300; ++phase) {
        written[size_t(thread)] = phase;
        pool.barrier();
        for (const int seen : written) wrong += seen != phase;
        pool.barrier();
      }
    });
    EXPECT_EQ(wrong, 0);
  }
}

TEST(ThreadPool, WakesAfterSleep) {
  ThreadPool pool(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> calls = 0;
    pool.run([&](int) { ++calls; });
    EXPECT_EQ(calls, 2);
  }
}

int allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

TEST(ThreadPool, PinsEachThreadAndItsCaller) {
  const int before = default_threads();
  // A thread of its own, so that the test's stays free.
  std::thread([] {
    ThreadPool pool(3, thread_processors());
    std::vector<int> allowed(3);
    pool.run([&](int thread) { allowed[size_t(thread)] = allowed_processors(); });
    EXPECT_EQ(allowed, std::vector<int>(3, 1));
  }).join();
  EXPECT_EQ(default_threads(), before);
  ThreadPool pool(2);
  int allowed = 0;
  pool.run([&](int thread) {
    if (thread == 1) allowed = allowed_processors();
  });
  EXPECT_GE(allowed, before);
}

TEST(SplitWork, CoversEveryItemOnceInUnits) {
  for (const int64_t count : {0, 1, 15, 16, 17, 100}) {
    for (const int threads : {1, 2, 3, 8}) {
      for (const int64_t unit : {1, 16}) {
        int64_t next = 0;
        for (int thread = 0; thread < threads; ++thread) {
          const WorkRange range = split_work(count, thread, threads, unit);
          EXPECT_EQ(range.begin, next);
          EXPECT_TRUE(range.end == count || range.end % unit == 0);
          next = range.end;
        }
        EXPECT_EQ(next, count);
      }
    }
  }
}

}  // namespace
}  // namespace hearth
