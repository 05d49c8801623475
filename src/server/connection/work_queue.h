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

/// Runs the handlers of requests on worker threads. Tenants are scheduled fairly by bytes processed. Large
/// jobs have a queue of their own and never occupy all threads, so that small ones wait for small ones only.
/// Thread-safe.
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

  /// Error: kIo where no thread can be started.
  static Result<std::unique_ptr<WorkQueue>> start(size_t num_threads);
  ~WorkQueue() { stop(); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  JobId post(Job job);
  /// Waits for running jobs; queued and later ones are dropped.
  void stop();
  /// Removes a queued job. False: it runs or has run.
  bool withdraw(JobId id);
  size_t num_waiting() const;

 private:
  explicit WorkQueue(size_t num_threads) : num_threads_(num_threads) {}

  struct Waiting {
    JobId id;
    Job job;
  };
  struct Tenant {
    uint64_t served = 0;  ///< bytes; raised to the others' when it returns
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
