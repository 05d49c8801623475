#pragma once

#include <chrono>
#include <functional>

namespace hearth::server {

/// The thread of all connections; state confined to it needs no locks. The methods may be called from any
/// thread and return at once.
class HomeThread {
 public:
  virtual ~HomeThread() = default;
  virtual void post(std::function<void()> task) = 0;
  virtual void post_after(std::chrono::milliseconds delay, std::function<void()> task) = 0;
};

}  // namespace hearth::server
