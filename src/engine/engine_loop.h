#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/engine.h"

namespace hearth {

/// Steps an engine on a thread of its own for as long as there is work, and parks when there is none. Events
/// are delivered on that thread. Every method may be called from any thread. The engine must outlive it.
class EngineLoop {
 public:
  /// Error: kResourceLimit where there is no thread to be had.
  static Result<std::unique_ptr<EngineLoop>> start(Engine& engine);
  /// Cancels what runs and waits for the thread.
  ~EngineLoop();
  EngineLoop(const EngineLoop&) = delete;
  EngineLoop& operator=(const EngineLoop&) = delete;

  /// Errors: those of Engine::submit.
  Result<RequestId> submit(GenerateRequest request);
  void cancel(RequestId id);
  /// Checks a request by itself: the errors of check_request.
  Status check(const GenerateRequest& request) const { return engine_.check(request); }
  size_t max_running() const { return engine_.max_running(); }
  EngineStats stats() const { return engine_.stats(); }

 private:
  explicit EngineLoop(Engine& engine) : engine_(engine) {}
  void run();

  Engine& engine_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool has_news_ = false;  ///< guarded by mutex_: something was submitted or cancelled
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace hearth
