#pragma once

#include "engine/schedule/request.h"
#include "engine/stats.h"

namespace hearth {

/// Answers any number of requests with one copy of a model, in one loop of steps. `check`, `submit`, `cancel`
/// and `stats` may be called from any thread; `step` from one thread at a time, which is also the one that
/// events are delivered on. What a request gets depends on nothing but the request.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Checks a request by itself. Errors: those of check_request; kUnsupported for what the model does not do.
  virtual Status check(const GenerateRequest& request) const = 0;

  /// Queues a request, or refuses it at once. Errors: those of check; kOverloaded for a full queue.
  virtual Result<RequestId> submit(GenerateRequest request) = 0;

  /// Ends a request within one step; nothing happens to one that has ended.
  virtual void cancel(RequestId id) = 0;

  /// Does one step. False where there is nothing to do.
  virtual bool step() = 0;

  /// Most tokens of a request.
  virtual size_t context() const = 0;
  virtual size_t vocab_size() const = 0;
  /// Most requests that run at once.
  virtual size_t max_running() const = 0;
  virtual EngineStats stats() const = 0;
};

}  // namespace hearth
