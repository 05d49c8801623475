#include "server/jobs/job_registry.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace hearth::server {
namespace {

Status run_guarded(const JobTask& task, Job& job) {
  try {
    return task(job, job.stop_token());
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, "{}", error.what());
  }
}

}  // namespace

JobRegistry::~JobRegistry() {
  stop_all();
  std::list<Running> rest;
  {
    const std::scoped_lock lock(mutex_);
    rest.swap(running_);
  }
  for (Running& one : rest) one.thread.join();
}

Result<JobInterestPtr> JobRegistry::start(std::string_view name, JobTask task) {
  const std::scoped_lock lock(mutex_);
  reap();
  std::shared_ptr<Job> predecessor;
  for (Running& one : running_) {
    if (one.name != name) continue;
    if (one.job->try_join()) return std::make_shared<JobInterest>(one.job);
    predecessor = one.job;
  }
  if (running_.size() >= max_jobs_) {
    return fail_hint(ErrorCode::kOverloaded, "try again when one has ended", "{} jobs are running",
                     max_jobs_);
  }
  auto job = std::make_shared<Job>(post_home_);
  job->try_join();
  auto interest = std::make_shared<JobInterest>(job);
  std::thread thread([job, predecessor = std::move(predecessor), task = std::move(task)] {
    if (predecessor) predecessor->wait_until_ended();
    job->end(run_guarded(task, *job));
  });
  running_.push_back({std::string(name), std::move(job), std::move(thread)});
  return interest;
}

size_t JobRegistry::num_running() const {
  const std::scoped_lock lock(mutex_);
  return size_t(std::ranges::count_if(running_, [](const Running& one) { return !one.job->ended(); }));
}

void JobRegistry::stop_all() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::scoped_lock lock(mutex_);
    for (const Running& one : running_) jobs.push_back(one.job);
  }
  for (const auto& job : jobs) job->stop();
}

void JobRegistry::reap() {
  std::erase_if(running_, [](Running& one) {
    if (!one.job->ended()) return false;
    // It has nothing left to do but to return.
    one.thread.join();
    return true;
  });
}

}  // namespace hearth::server
