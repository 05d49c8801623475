#include "base/threads.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include <pthread.h>

#include "base/check.h"
#include "base/cpu_topology.h"

namespace hearth {

namespace {

// About 50 us of pauses: longer than the gap between two operations, far shorter than a person notices.
constexpr int kSpinPauses = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/// Waits until `value` is not `old`: spins, then sleeps.
template <typename T>
void wait_change(std::atomic<T>& value, T old, int spin_limit) {
  for (int i = 0; i < spin_limit; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

void set_thread_stacks() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // Without it threads would have as much as the main one, which `ulimit -s` may have made too little.
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

Result<std::thread> start_thread(std::function<void()> body) {
  try {
    return std::thread(std::move(body));
  } catch (const std::system_error& error) {
    return fail_hint(ErrorCode::kResourceLimit,
                     "raise the limits for processes and memory (ulimit -u, ulimit -v), or use fewer threads",
                     "cannot start a thread: {}", error.code().message());
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kResourceLimit, "cannot start a thread: there is not enough memory");
  }
}

ThreadPool::ThreadPool(int num_threads, std::vector<int> processors)
    : num_threads_(std::max(1, num_threads)),
      processors_(std::move(processors)),
      // With more threads than cores, a spinning thread keeps the one it waits for from running.
      spin_limit_(num_threads_ <= available_cores() ? kSpinPauses : 0) {
  threads_.reserve(size_t(num_threads_ - 1));
  for (int thread = 1; thread < num_threads_; ++thread) {
    Result<std::thread> started = start_thread([this, thread] { work(thread); });
    if (!started) break;
    threads_.push_back(std::move(*started));
  }
  // The threads read it first in a task.
  num_threads_ = int(threads_.size()) + 1;
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::pin(int thread) const {
  if (!processors_.empty()) pin_this_thread(processors_[size_t(thread) % processors_.size()]);
}

void ThreadPool::run(FunctionRef<void(int)> task) {
  const std::scoped_lock lock(turn_);
  if (!processors_.empty() && pinned_caller_ != std::this_thread::get_id()) {
    pinned_caller_ = std::this_thread::get_id();
    pin(0);
  }
  if (num_threads_ == 1) {
    task(0);
    return;
  }
  task_ = &task;
  running_.store(num_threads_ - 1, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  task(0);
  for (int left = running_.load(std::memory_order_acquire); left != 0;
       left = running_.load(std::memory_order_acquire)) {
    wait_change(running_, left, spin_limit_);
  }
}

void ThreadPool::work(int thread) {
  pin(thread);
  uint32_t epoch = 0;
  while (true) {
    wait_change(epoch_, epoch, spin_limit_);
    ++epoch;
    if (stopping_) return;
    (*task_)(thread);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_one();
  }
}

void ThreadPool::for_each(int64_t count, FunctionRef<void(int64_t index, int thread)> body) {
  std::atomic<int64_t> next = 0;
  run([&](int thread) {
    for (int64_t index = next++; index < count; index = next++) body(index, thread);
  });
}

void ThreadPool::barrier() {
  if (num_threads_ == 1) return;
  const uint32_t phase = phase_.load(std::memory_order_relaxed);
  if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == num_threads_) {
    waiting_.store(0, std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_release);
    phase_.notify_all();
    return;
  }
  wait_change(phase_, phase, spin_limit_);
}

WorkRange split_work(int64_t count, int thread, int num_threads, int64_t unit) {
  CHECK(unit > 0 && num_threads > 0);
  const int64_t units = (count + unit - 1) / unit;
  const int64_t begin = units * thread / num_threads * unit;
  const int64_t end = units * (thread + 1) / num_threads * unit;
  return {std::min(begin, count), std::min(end, count)};
}

}  // namespace hearth
