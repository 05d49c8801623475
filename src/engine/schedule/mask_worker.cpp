#include "engine/schedule/mask_worker.h"

#include <algorithm>

#include "base/threads.h"

namespace hearth {

MaskWorker::~MaskWorker() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void MaskWorker::start(ConstraintSet& constraints, std::span<const TokenId> drafts,
                       std::span<const TokenId> end_ids) {
  if (constraints.empty()) return;
  if (!has_tried_) {
    has_tried_ = true;
    // Without a thread, who waits computes.
    if (auto started = start_thread([this] { run(); })) thread_ = std::move(*started);
  }
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back({&constraints, drafts, end_ids});
  }
  changed_.notify_all();
}

void MaskWorker::wait(ConstraintSet& constraints) {
  if (constraints.empty()) return;
  std::unique_lock lock(mutex_);
  const auto job = find(constraints);
  if (job == jobs_.end()) return;
  if (!job->has_begun) return compute(job, lock);
  changed_.wait(lock, [&] { return find(constraints) == jobs_.end(); });
}

void MaskWorker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || first_waiting() != jobs_.end(); });
    if (stopping_) return;
    compute(first_waiting(), lock);
  }
}

MaskWorker::Jobs::iterator MaskWorker::find(const ConstraintSet& constraints) {
  return std::ranges::find(jobs_, &constraints, &Job::constraints);
}

MaskWorker::Jobs::iterator MaskWorker::first_waiting() {
  return std::ranges::find(jobs_, false, &Job::has_begun);
}

void MaskWorker::compute(Jobs::iterator job, std::unique_lock<std::mutex>& lock) {
  job->has_begun = true;
  lock.unlock();
  job->constraints->compute_masks(job->drafts, job->end_ids, vocab_size_);
  lock.lock();
  jobs_.erase(job);
  changed_.notify_all();
}

}  // namespace hearth
