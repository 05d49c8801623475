#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/http/transport.h"

namespace hearth::server {

/// Watches for a disconnect while a response is generated. Bytes that the client sends meanwhile are read
/// ahead, up to a bound. End of input is not a disconnect: the client may have closed its sending side only.
/// A write shows the difference, so callers probe a half-closed connection from time to time. For the thread
/// of the io_context.
class PeerWatch {
 public:
  /// Begins. `on_news` must not destroy the watch.
  PeerWatch(std::shared_ptr<Transport> transport, size_t most_ahead, std::function<void()> on_news);
  /// Closes the connection unless the watch was stopped.
  ~PeerWatch();
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  /// Ends the watch, before which nothing else may read. Returns what was read ahead.
  asio::awaitable<std::string> stop();

  /// The client has closed its sending side.
  bool half_closed() const;
  /// The client has disconnected, or has sent more than may be read ahead.
  bool gone() const;

 private:
  struct State;
  static asio::awaitable<void> watch(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace hearth::server
