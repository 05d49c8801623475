#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "server/http/asio.h"

namespace hearth::server {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The byte stream of a connection, plain or TLS, with a deadline for each direction, which closes the
/// connection unless stated otherwise. One read and one write may be in progress at once. For the thread of
/// its io_context.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  Transport(StreamSocket socket, asio::ssl::context* tls);

  asio::awaitable<bool> handshake(SteadyTime deadline);
  /// Waits until it is readable, with a minimum of memory. False: closed.
  asio::awaitable<bool> wait_readable(SteadyTime deadline);
  /// Bytes read; 0: closed, by either side, or cancelled.
  asio::awaitable<size_t> read_some(std::span<char> buffer, SteadyTime deadline);
  /// The same, but the deadline ends the read only: then `timed_out()`, and the connection stays open.
  asio::awaitable<size_t> read_in_time(std::span<char> buffer, SteadyTime deadline);
  bool timed_out() const { return timed_out_; }
  /// Whether the client has closed its sending side; it may still read.
  bool at_end() const { return at_end_; }
  /// After the end of input: waits until the connection breaks. False: cancelled.
  asio::awaitable<bool> wait_broken();
  /// False: closed.
  asio::awaitable<bool> write(std::string_view bytes, SteadyTime deadline);
  /// Closes the sending side and lingers shortly for the client to do the same, so that the last bytes
  /// arrive.
  asio::awaitable<void> finish();

  /// Cancels what is in progress; the connection stays open.
  void cancel();
  void close();
  bool is_open() const { return socket_.is_open(); }
  asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  void set_deadline(SteadyTime& own, SteadyTime deadline);
  void arm(SteadyTime at);

  StreamSocket socket_;
  std::unique_ptr<asio::ssl::stream<StreamSocket&>> tls_;  ///< null: plain
  asio::steady_timer timer_;
  bool at_end_ = false;
  bool stays_open_ = false;  ///< at the deadline of the read
  bool timed_out_ = false;   ///< the last read in time
  SteadyTime armed_ = SteadyTime::max();
  SteadyTime read_deadline_ = SteadyTime::max(), write_deadline_ = SteadyTime::max();
};

}  // namespace hearth::server
