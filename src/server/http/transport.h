#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "server/http/asio.h"

namespace hearth::server {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One connection's bytes, plain or under TLS, with a deadline on each direction: an operation that is not
/// done by then finds the connection closed, where nothing else is said. One read and one write may be in
/// progress at once. For the thread of its io_context.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  Transport(tcp::socket socket, asio::ssl::context* tls);

  asio::awaitable<bool> handshake(SteadyTime deadline);
  /// Waits until there is something to read, holding as little memory as may be. False: closed.
  asio::awaitable<bool> wait_readable(SteadyTime deadline);
  /// Bytes read; 0: closed, by either side, or cancelled.
  asio::awaitable<size_t> read_some(std::span<char> buffer, SteadyTime deadline);
  /// The same, but that the deadline ends the read alone: then `timed_out()`, and the connection is open.
  asio::awaitable<size_t> read_in_time(std::span<char> buffer, SteadyTime deadline);
  bool timed_out() const { return timed_out_; }
  /// Whether the other side has said that it sends no more; it may still read.
  bool at_end() const { return at_end_; }
  /// Waits, with nothing else to read, until the connection is broken. False: cancelled.
  asio::awaitable<bool> wait_broken();
  /// False: closed.
  asio::awaitable<bool> write(std::string_view bytes, SteadyTime deadline);
  /// Says that no more will be written, and waits a little for the other side to do the same, so that it does
  /// not lose what was written last.
  asio::awaitable<void> finish();

  /// Ends what is in progress; the connection stays open.
  void cancel();
  void close();
  bool is_open() const { return socket_.is_open(); }
  asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  void set_deadline(SteadyTime& own, SteadyTime deadline);
  void arm(SteadyTime at);

  tcp::socket socket_;
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> tls_;  ///< null: plain
  asio::steady_timer timer_;
  bool at_end_ = false;
  bool stays_open_ = false;  ///< at the deadline of the read
  bool timed_out_ = false;   ///< the last read in time
  SteadyTime armed_ = SteadyTime::max();
  SteadyTime read_deadline_ = SteadyTime::max(), write_deadline_ = SteadyTime::max();
};

}  // namespace hearth::server
