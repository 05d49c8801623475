#include "engine/engine_loop.h"

#include "base/threads.h"

namespace hearth {

Result<std::unique_ptr<EngineLoop>> EngineLoop::start(Engine& engine) {
  std::unique_ptr<EngineLoop> loop(new EngineLoop(engine));
  loop->thread_ = TRY(start_thread([raw = loop.get()] { raw->run(); }));
  return loop;
}

EngineLoop::~EngineLoop() {
  if (!thread_.joinable()) return;
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
