#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "server/jobs/job.h"

namespace hearth::server {

/// What a job does, on its thread. It ends soon after `stop` was requested.
using JobTask = std::function<Status(Job& job, std::stop_token stop)>;

/// The jobs that run. Thread-safe.
class JobRegistry {
 public:
  JobRegistry(PostHome post_home, size_t max_jobs) : post_home_(std::move(post_home)), max_jobs_(max_jobs) {}
  /// Stops all jobs and waits for their ends.
  ~JobRegistry();

  /// Starts a job, or joins the one that runs under this name. One that has been given up and has not ended
  /// yet is waited for, on the new one's thread. Error: kOverloaded where too many run.
  Result<JobInterestPtr> start(std::string_view name, JobTask task);
  /// Those that have not ended.
  size_t num_running() const;
  void stop_all();

 private:
  struct Running {
    std::string name;
    std::shared_ptr<Job> job;
    std::thread thread;
  };
  void reap();

  const PostHome post_home_;
  const size_t max_jobs_;
  mutable std::mutex mutex_;
  std::list<Running> running_;  ///< guarded by mutex_
};

}  // namespace hearth::server
