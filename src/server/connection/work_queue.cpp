#include "server/connection/work_queue.h"

#include <algorithm>

#include "base/threads.h"

namespace hearth::server {
namespace {

// What a job costs beside its bytes: many small ones are work too.
constexpr uint64_t kBytesOfAJob = 4096;

}  // namespace

Result<std::unique_ptr<WorkQueue>> WorkQueue::start(size_t num_threads) {
  std::unique_ptr<WorkQueue> queue(new WorkQueue(std::max<size_t>(1, num_threads)));
  for (size_t i = 0; i < queue->num_threads_; ++i) {
    queue->threads_.push_back(TRY(start_thread([queue = queue.get()] { queue->work(); })));
  }
  return queue;
}

void WorkQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

WorkQueue::JobId WorkQueue::post(Job job) {
  const std::scoped_lock lock(mutex_);
  Lane& lane = job.num_bytes > kLargeBytes ? large_ : small_;
  lane.push({++last_id_, std::move(job)});
  // Not everybody may take a large one.
  wake_.notify_all();
  return last_id_;
}

bool WorkQueue::withdraw(JobId id) {
  const std::scoped_lock lock(mutex_);
  return small_.withdraw(id) || large_.withdraw(id);
}

size_t WorkQueue::num_waiting() const {
  const std::scoped_lock lock(mutex_);
  return small_.num_waiting + large_.num_waiting;
}

void WorkQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    Lane* lane = nullptr;
    wake_.wait(lock, [&] { return stopping_ || (lane = next_lane()) != nullptr; });
    if (stopping_) return;
    const bool is_large = lane == &large_;
    large_was_last_ = is_large;
    num_large_running_ += is_large;
    Job job = lane->pop();
    lock.unlock();
    job.run();
    job = {};
    lock.lock();
    num_large_running_ -= is_large;
  }
}

WorkQueue::Lane* WorkQueue::next_lane() {
  const size_t most_large = std::max<size_t>(1, num_threads_ - 1);
  const bool large = large_.num_waiting > 0 && num_large_running_ < most_large;
  if (!large) return small_.num_waiting > 0 ? &small_ : nullptr;
  // Small jobs have a thread that no large one takes; where there is but one thread, they take turns.
  const bool small_first = num_threads_ == 1 && large_was_last_ && small_.num_waiting > 0;
  return small_first ? &small_ : &large_;
}

void WorkQueue::Lane::push(Waiting waiting) {
  Tenant& tenant = tenants[waiting.job.tenant];
  // Whoever asks for little has saved nothing up for when it asks for much.
  if (tenant.jobs.empty()) tenant.served = std::max(tenant.served, served);
  tenant.jobs.push_back(std::move(waiting));
  ++num_waiting;
}

WorkQueue::Job WorkQueue::Lane::pop() {
  Tenant* least = nullptr;
  for (auto& [name, tenant] : tenants) {
    if (tenant.jobs.empty() || (least != nullptr && tenant.served >= least->served)) continue;
    least = &tenant;
  }
  Job job = std::move(least->jobs.front().job);
  least->jobs.pop_front();
  --num_waiting;
  served = least->served;
  least->served += kBytesOfAJob + job.num_bytes;
  forget();
  return job;
}

/// A tenant that is ahead of the others is remembered until they have caught up.
void WorkQueue::Lane::forget() {
  std::erase_if(tenants, [&](const auto& item) {
    return item.second.jobs.empty() && (num_waiting == 0 || item.second.served <= served);
  });
}

bool WorkQueue::Lane::withdraw(JobId id) {
  for (auto& [name, tenant] : tenants) {
    const auto found = std::ranges::find(tenant.jobs, id, &Waiting::id);
    if (found == tenant.jobs.end()) continue;
    tenant.jobs.erase(found);
    --num_waiting;
    forget();
    return true;
  }
  return false;
}

}  // namespace hearth::server
