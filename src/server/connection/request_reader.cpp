#include "server/connection/request_reader.h"

#include <array>

#include <fmt/chrono.h>

#include "server/http/pace.h"

namespace hearth::server {
namespace {

using std::chrono::steady_clock;

constexpr size_t kHeadReadBytes = 4 << 10;
constexpr size_t kBodyReadBytes = 16 << 10;

api::ApiError too_much_now(FairPool::Hold& bytes, size_t more) {
  const int seconds = bytes.promise(more);
  return {.status = 503,
          .code = "overloaded",
          .message = fmt::format("too many large requests at once; try again in {} s", seconds),
          .headers = {{"Retry-After", fmt::format("{}", seconds)}}};
}

api::ApiError too_slow(std::string message) {
  return {.status = 408, .code = "request_timeout", .message = std::move(message)};
}

}  // namespace

asio::awaitable<bool> RequestReader::read_more(size_t num_bytes, SteadyTime deadline) {
  const size_t size = in_.size();
  in_.resize(size + num_bytes);
  const size_t num_read = co_await transport_->read_in_time(std::span(in_).subspan(size), deadline);
  in_.resize(size + num_read);
  co_return num_read > 0;
}

asio::awaitable<bool> RequestReader::await_first() {
  if (!in_.empty()) co_return true;
  in_.shrink_to_fit();
  const SteadyTime deadline = steady_clock::now() + limits_.idle_time;
  if (!co_await transport_->wait_readable(deadline)) co_return false;
  std::array<char, 512> buffer;
  const size_t num_read = co_await transport_->read_some(buffer, deadline);
  in_.assign(buffer.data(), num_read);
  co_return num_read > 0;
}

asio::awaitable<std::expected<bool, api::ApiError>> RequestReader::read_head(HttpParser& parser) {
  const SteadyTime deadline = steady_clock::now() + limits_.header_time;
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    if (parser.head_done()) co_return true;
    if (co_await read_more(kHeadReadBytes, deadline)) continue;
    if (!transport_->timed_out()) co_return false;
    co_return std::unexpected(too_slow(fmt::format("the head of a request has to come within {}",
                                                   std::chrono::duration<double>(limits_.header_time))));
  }
}

asio::awaitable<std::expected<bool, api::ApiError>> RequestReader::read_body(HttpParser& parser,
                                                                             FairPool::Hold& bytes) {
  Pace pace(limits_.body_time, limits_.body_bytes_per_second, steady_clock::now());
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    const size_t size = parser.body_size();
    if (const size_t more = size - bytes.count(); !bytes.grow(more)) {
      co_return std::unexpected(too_much_now(bytes, more));
    }
    if (parser.done()) co_return true;
    pace.count(size, steady_clock::now());
    if (co_await read_more(kBodyReadBytes, pace.deadline())) continue;
    if (!transport_->timed_out()) co_return false;
    co_return std::unexpected(too_slow(
        fmt::format("a body has to come at {} bytes a second or more", limits_.body_bytes_per_second)));
  }
}

}  // namespace hearth::server
