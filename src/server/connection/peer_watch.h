#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/http/transport.h"

namespace hearth::server {

/// Watches the other side of a connection while an answer is made. What it sends meanwhile is read ahead, up
/// to a bound. The end of what it sends does not say that it has gone: it may have closed its sending side
/// alone, and wait for the answer. Only a write shows the difference, for a side that has gone refuses it; so
/// whoever sees `half_closed` should write something now and then. For the thread of the io_context.
class PeerWatch {
 public:
  /// Begins. `on_news` must not destroy the watch.
  PeerWatch(std::shared_ptr<Transport> transport, size_t most_ahead, std::function<void()> on_news);
  /// A watch that was not stopped takes the connection with it.
  ~PeerWatch();
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  /// Nobody else may read before this is done. What was read ahead.
  asio::awaitable<std::string> stop();

  /// It will send no more.
  bool half_closed() const;
  /// It has gone, or has sent more than may be read ahead.
  bool gone() const;

 private:
  struct State;
  static asio::awaitable<void> watch(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace hearth::server
