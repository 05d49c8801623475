#include "engine/engine_loop.h"

namespace hearth {

EngineLoop::EngineLoop(Engine& engine) : engine_(engine), thread_([this] { run(); }) {}

EngineLoop::~EngineLoop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<RequestId> EngineLoop::submit(GenerateRequest request) {
  const Result<RequestId> id = engine_.submit(std::move(request));
  if (!id) return id;
  const std::scoped_lock lock(mutex_);
  has_news_ = true;
  wake_.notify_one();
  return id;
}

void EngineLoop::cancel(RequestId id) {
  engine_.cancel(id);
  const std::scoped_lock lock(mutex_);
  has_news_ = true;
  wake_.notify_one();
}

void EngineLoop::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      has_news_ = false;
    }
    if (engine_.step()) continue;
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return has_news_ || stopping_; });
  }
}

}  // namespace hearth
