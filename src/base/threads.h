#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace hearth {

/// What every thread has for its stack, whatever `ulimit -s` says: templates and documents may nest, and a
/// kernel keeps tiles of its operands there.
inline constexpr size_t kStackBytes = size_t(8) << 20;

/// Gives it to every thread that starts from now on. To be called once, before any does.
void set_thread_stacks();

/// A thread that runs `body`. Error: kResourceLimit where the system gives no more.
Result<std::thread> start_thread(std::function<void()> body);

/// A view of a callable: no allocation, valid while the callable lives.
template <typename Signature>
class FunctionRef;

template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
  FunctionRef(F&& f)  // NOLINT(google-explicit-constructor): a view is meant to bind in a call
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// A fixed team of threads that run one task together; the caller is thread 0. Between tasks the others spin
/// briefly, then sleep. Tasks from several threads take turns; `run` must not be called from inside a task.
class ThreadPool {
 public:
  /// At least one thread, and fewer than `num_threads` where the system gives no more: `size` says. Each
  /// stays on a processor of its own where `processors` names any, in turn; the caller does from its first
  /// task on.
  explicit ThreadPool(int num_threads, std::vector<int> processors = {});
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return num_threads_; }

  /// Calls task(thread) once on every thread, thread in [0, size()), and returns when all are done.
  void run(FunctionRef<void(int thread)> task);

  /// Calls body(index, thread) for every index in [0, count): a thread that is free takes the next one.
  void for_each(int64_t count, FunctionRef<void(int64_t index, int thread)> body);

  /// Inside a task: waits until every thread of the team has come here.
  void barrier();

 private:
  void work(int thread);
  void pin(int thread) const;

  int num_threads_;  ///< constant once made
  const std::vector<int> processors_;
  std::mutex turn_;  ///< held while a task runs
  std::thread::id pinned_caller_;
  const int spin_limit_;
  std::vector<std::thread> threads_;
  alignas(64) std::atomic<uint32_t> epoch_{0};  ///< counts tasks; a change wakes the team
  alignas(64) std::atomic<int> running_{0};
  alignas(64) std::atomic<int> waiting_{0};  ///< threads in the barrier
  alignas(64) std::atomic<uint32_t> phase_{0};
  FunctionRef<void(int)>* task_ = nullptr;
  bool stopping_ = false;
};

/// The part [begin, end) of `count` items that falls to `thread` of `num_threads`, in multiples of `unit`.
struct WorkRange {
  int64_t begin, end;
};
WorkRange split_work(int64_t count, int thread, int num_threads, int64_t unit = 1);

}  // namespace hearth
