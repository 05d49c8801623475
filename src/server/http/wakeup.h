#pragma once

#include <chrono>
#include <utility>

#include "server/http/asio.h"

namespace hearth::server {

/// Lets one coroutine wait for a notification; one that arrives while nobody waits is kept. For the thread of
/// its io_context.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

  void notify() {
    notified_ = true;
    timer_.cancel();
  }
  /// False: the deadline passed first.
  asio::awaitable<bool> wait(std::chrono::steady_clock::time_point deadline) {
    if (!notified_) {
      timer_.expires_at(deadline);
      co_await timer_.async_wait(kAwait);
    }
    co_return std::exchange(notified_, false);
  }

 private:
  asio::steady_timer timer_;
  bool notified_ = false;
};

}  // namespace hearth::server
