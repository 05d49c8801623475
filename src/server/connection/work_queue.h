#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace hearth::server {

/// Threads that run the handlers of requests, and who comes next. Tenants take turns by the bytes they had
/// worked on. Large jobs wait on a lane of their own, and never have all the threads, so that a small one
/// waits for small ones alone. Thread-safe.
class WorkQueue {
 public:
  using JobId = uint64_t;
  struct Job {
    std::string tenant;
    size_t num_bytes = 0;
    std::function<void()> run;  ///< must not throw
  };
  /// Jobs above this are large.
  static constexpr size_t kLargeBytes = size_t(64) << 10;

  /// Error: kIo where the system has no more threads.
  static Result<std::unique_ptr<WorkQueue>> start(size_t num_threads);
  ~WorkQueue() { stop(); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  JobId post(Job job);
  /// Waits for the jobs that run; the rest, and what comes later, is dropped.
  void stop();
  /// Takes a job back. False: it runs, or has run.
  bool withdraw(JobId id);
  size_t num_waiting() const;

 private:
  explicit WorkQueue(size_t num_threads) : num_threads_(num_threads) {}

  struct Waiting {
    JobId id;
    Job job;
  };
  struct Tenant {
    uint64_t served = 0;  ///< bytes, lifted to the others' when it comes back
    std::deque<Waiting> jobs;
  };
  struct Lane {
    std::map<std::string, Tenant, std::less<>> tenants;
    uint64_t served = 0;  ///< of the tenant that was served last
    size_t num_waiting = 0;

    void push(Waiting waiting);
    Job pop();
    bool withdraw(JobId id);
    void forget();
  };

  void work();
  Lane* next_lane();

  const size_t num_threads_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Lane small_, large_;  ///< guarded by mutex_, as all below
  size_t num_large_running_ = 0;
  bool large_was_last_ = false;
  bool stopping_ = false;
  JobId last_id_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace hearth::server
