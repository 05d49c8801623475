#include "server/jobs/job_registry.h"

#include <atomic>
#include <deque>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using api::Json;

/// A home thread that runs what is posted when it is told to.
class ManualHome {
 public:
  void post(std::function<void()> task) {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  void run() {
    std::deque<std::function<void()>> tasks;
    {
      const std::scoped_lock lock(mutex_);
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
};

/// Opens once, for who waits.
class Door {
 public:
  void open() { open_ = true, open_.notify_all(); }
  void wait() const { open_.wait(false); }

 private:
  std::atomic<bool> open_ = false;
};

class Jobs : public ::testing::Test {
 protected:
  ManualHome home;
  JobRegistry jobs{[this](std::function<void()> task) { home.post(std::move(task)); }, 3};
};

Json progress(const char* status, const char* digest, int completed) {
  return {{"status", status}, {"digest", digest}, {"completed", completed}};
}

TEST_F(Jobs, TellEachReaderWhatItHasNotHeard) {
  Door first, second;
  const auto interest = *jobs.start("a", [&](Job& job, const std::stop_token&) -> Status {
    job.tell({{"status", "begin"}});
    first.wait();
    job.tell({{"status", "end"}});
    second.wait();
    return {};
  });
  int num_news = 0;
  JobReader early(interest, [&] { ++num_news; });
  while (!early.has_lines()) std::this_thread::yield();
  EXPECT_EQ(early.take(), "{\"status\":\"begin\"}\n");
  EXPECT_FALSE(early.has_lines());
  first.open();
  while (!early.has_lines()) std::this_thread::yield();
  EXPECT_FALSE(early.at_end());
  second.open();
  interest->job().wait_until_ended();
  JobReader late(interest, [] {});
  EXPECT_EQ(late.take(), "{\"status\":\"begin\"}\n{\"status\":\"end\"}\n");
  EXPECT_EQ(early.take(), "{\"status\":\"end\"}\n");
  EXPECT_TRUE(early.at_end());
  EXPECT_EQ(early.last(), "{\"status\":\"end\"}\n");
  EXPECT_EQ(early.error(), std::nullopt);
  home.run();
  EXPECT_GE(num_news, 1);
}

TEST_F(Jobs, TheLastLineOfASubjectCounts) {
  const auto interest = *jobs.start("a", [](Job& job, const std::stop_token&) -> Status {
    for (int i = 0; i < 10'000; ++i) {
      job.tell(progress("pulling", "one", i));
      job.tell(progress("pulling", "two", i));
    }
    return {};
  });
  interest->job().wait_until_ended();
  JobReader reader(interest, [] {});
  EXPECT_EQ(reader.take(), api::dump_json(progress("pulling", "one", 9999)) + "\n" +
                               api::dump_json(progress("pulling", "two", 9999)) + "\n");
}

TEST_F(Jobs, OfOneNameAreOne) {
  Door door;
  std::atomic<int> num_runs = 0;
  const JobTask task = [&](Job&, const std::stop_token&) -> Status {
    ++num_runs;
    door.wait();
    return {};
  };
  const auto first = *jobs.start("a", task), second = *jobs.start("a", task), other = *jobs.start("b", task);
  EXPECT_EQ(&first->job(), &second->job());
  EXPECT_NE(&first->job(), &other->job());
  EXPECT_EQ(jobs.num_running(), 2u);
  door.open();
  first->job().wait_until_ended();
  other->job().wait_until_ended();
  EXPECT_EQ(num_runs, 2);
  EXPECT_EQ(jobs.num_running(), 0u);
  // What has ended is done again.
  const auto again = *jobs.start("a", task);
  EXPECT_NE(&again->job(), &first->job());
  again->job().wait_until_ended();
  EXPECT_EQ(num_runs, 3);
}

TEST_F(Jobs, AreStoppedWhenTheLastOneLeaves) {
  std::atomic<int> num_running = 0, most_running = 0, num_stopped = 0;
  const JobTask task = [&](Job&, const std::stop_token& stop) -> Status {
    most_running = std::max(most_running.load(), ++num_running);
    while (!stop.stop_requested()) std::this_thread::yield();
    ++num_stopped;
    --num_running;
    return fail(ErrorCode::kCancelled, "it was stopped");
  };
  auto first = *jobs.start("a", task), second = *jobs.start("a", task);
  first.reset();
  EXPECT_FALSE(second->job().stop_token().stop_requested());
  second.reset();
  // Who comes now gets a job of its own, which begins when the other has ended.
  auto third = *jobs.start("a", task);
  while (num_stopped < 1) std::this_thread::yield();
  third.reset();
  jobs.stop_all();
  while (jobs.num_running() > 0) std::this_thread::yield();
  EXPECT_EQ(num_stopped, 2);
  EXPECT_EQ(most_running, 1);
}

TEST_F(Jobs, HaveALimitAndKeepTheirErrors) {
  std::vector<JobInterestPtr> all;
  Door door;
  for (const char* name : {"a", "b", "c"}) {
    all.push_back(*jobs.start(name, [&](Job&, const std::stop_token&) -> Status {
      door.wait();
      return fail(ErrorCode::kNoSpace, "the disk is full");
    }));
  }
  EXPECT_EQ(jobs.start("d", [](Job&, const std::stop_token&) { return Status(); }).error().code,
            ErrorCode::kOverloaded);
  door.open();
  for (const auto& one : all) one->job().wait_until_ended();
  EXPECT_EQ(all[0]->job().error()->code, ErrorCode::kNoSpace);
  const auto thrown = *jobs.start(
      "d", [](Job&, const std::stop_token&) -> Status { throw std::runtime_error("what nobody expected"); });
  thrown->job().wait_until_ended();
  EXPECT_EQ(thrown->job().error()->message, "what nobody expected");
}

}  // namespace
}  // namespace hearth::server
