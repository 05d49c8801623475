#include "server/http/transport.h"

#include <array>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace hearth::server {
namespace {

using ErrorValue = boost::system::error_code;

/// TCP keep-alive: middleboxes keep the connection open while a response that is not streamed is generated,
/// and a client that vanished is noticed.
void keep_alive(int socket) {
  const int on = 1, idle_s = 30, interval_s = 15, num_probes = 8;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &num_probes, sizeof(num_probes));
}

/// Whether what should have begun a TLS handshake was a request of HTTP.
bool is_plain_http(const ErrorValue& error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned int>(error.value())) == SSL_R_HTTP_REQUEST;
}

constexpr std::string_view kWantsTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 47\r\nConnection: close\r\n\r\n"
    "this port speaks TLS alone: begin with https://";

}  // namespace

Transport::Transport(StreamSocket socket, asio::ssl::context* tls)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  ErrorValue ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  keep_alive(socket_.native_handle());
  if (tls == nullptr) return;
  tls_ = std::make_unique<asio::ssl::stream<StreamSocket&>>(socket_, *tls);
  SSL_set_mode(tls_->native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

void Transport::set_deadline(SteadyTime& own, SteadyTime deadline) {
  own = deadline;
  // A timer that fires too early looks again; moving it for every operation would cost more.
  if (deadline < armed_) arm(deadline);
}

void Transport::arm(SteadyTime at) {
  armed_ = at;
  timer_.expires_at(at);
  timer_.async_wait([weak = weak_from_this()](const ErrorValue& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->armed_ = SteadyTime::max();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (self->stays_open_ && self->read_deadline_ <= now) {
      self->timed_out_ = true;
      self->read_deadline_ = SteadyTime::max();
      self->cancel();
    }
    const SteadyTime next = std::min(self->read_deadline_, self->write_deadline_);
    if (next <= now) {
      self->close();
    } else if (next != SteadyTime::max()) {
      self->arm(next);
    }
  });
}

asio::awaitable<bool> Transport::handshake(SteadyTime deadline) {
  if (!tls_) co_return true;
  set_deadline(read_deadline_, deadline);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAwait);
  read_deadline_ = SteadyTime::max();
  if (is_plain_http(error)) {
    tls_.reset();
    if (co_await write(kWantsTls, deadline)) co_await finish();
  }
  co_return !error;
}

asio::awaitable<bool> Transport::wait_readable(SteadyTime deadline) {
  // Under TLS, bytes may wait where the socket does not show them.
  if (tls_) co_return true;
  set_deadline(read_deadline_, deadline);
  const auto [error] = co_await socket_.async_wait(StreamSocket::wait_read, kAwait);
  read_deadline_ = SteadyTime::max();
  co_return !error;
}

asio::awaitable<size_t> Transport::read_some(std::span<char> buffer, SteadyTime deadline) {
  set_deadline(read_deadline_, deadline);
  const auto bytes = asio::buffer(buffer.data(), buffer.size());
  const auto [error, num_read] =
      tls_ ? co_await tls_->async_read_some(bytes, kAwait) : co_await socket_.async_read_some(bytes, kAwait);
  read_deadline_ = SteadyTime::max();
  // Under TLS, some who have no more to send say so by the socket alone.
  at_end_ |= error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  co_return error ? 0 : num_read;
}

asio::awaitable<size_t> Transport::read_in_time(std::span<char> buffer, SteadyTime deadline) {
  stays_open_ = true;
  timed_out_ = false;
  const size_t num_read = co_await read_some(buffer, deadline);
  stays_open_ = false;
  co_return num_read;
}

asio::awaitable<bool> Transport::wait_broken() {
  const auto [error] = co_await socket_.async_wait(StreamSocket::wait_error, kAwait);
  co_return error != asio::error::operation_aborted;
}

asio::awaitable<bool> Transport::write(std::string_view bytes, SteadyTime deadline) {
  set_deadline(write_deadline_, deadline);
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto [error, num_written] = tls_ ? co_await asio::async_write(*tls_, buffer, kAwait)
                                         : co_await asio::async_write(socket_, buffer, kAwait);
  write_deadline_ = SteadyTime::max();
  co_return !error;
}

asio::awaitable<void> Transport::finish() {
  if (!socket_.is_open()) co_return;
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  set_deadline(write_deadline_, deadline);
  if (tls_) co_await tls_->async_shutdown(kAwait);
  ErrorValue ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  std::array<char, 4096> scratch;
  // The deadline of the write stands for the whole of it.
  for (int i = 0; i < 256 && socket_.is_open(); ++i) {
    const auto [error, num_read] =
        co_await socket_.async_read_some(asio::buffer(scratch.data(), scratch.size()), kAwait);
    if (error) break;
  }
  close();
}

void Transport::cancel() {
  ErrorValue ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  ErrorValue ignored;
  read_deadline_ = write_deadline_ = SteadyTime::max();
  timer_.cancel();
  socket_.close(ignored);
}

}  // namespace hearth::server
