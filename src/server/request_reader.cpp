#include "server/request_reader.h"

#include <array>

namespace hearth {
namespace {

using std::chrono::steady_clock;

constexpr size_t kHeadReadBytes = 4 << 10;
constexpr size_t kBodyReadBytes = 16 << 10;

/// Bytes of a request's body that count against the server's sum until this goes.
class BodyBudget {
 public:
  BodyBudget(size_t& total, size_t limit) : total_(total), limit_(limit) {}
  ~BodyBudget() { total_ -= own_; }
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  [[nodiscard]] bool grow_to(size_t bytes) {
    total_ += bytes - own_;
    own_ = bytes;
    return total_ <= limit_;
  }

 private:
  size_t& total_;
  size_t limit_;
  size_t own_ = 0;
};

}  // namespace

asio::awaitable<bool> RequestReader::read_more(size_t num_bytes, SteadyTime deadline) {
  const size_t size = in_.size();
  in_.resize(size + num_bytes);
  const size_t num_read = co_await transport_->read_some(std::span(in_).subspan(size), deadline);
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

asio::awaitable<std::expected<bool, Refusal>> RequestReader::read_head(HttpParser& parser) {
  const SteadyTime deadline = steady_clock::now() + limits_.header_time;
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    if (parser.head_done()) co_return true;
    if (!co_await read_more(kHeadReadBytes, deadline)) co_return false;
  }
}

asio::awaitable<std::expected<bool, Refusal>> RequestReader::read_body(HttpParser& parser, size_t& total) {
  const SteadyTime begin = steady_clock::now();
  BodyBudget budget(total, limits_.buffered_body_bytes);
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    if (parser.done()) co_return true;
    if (!budget.grow_to(parser.body_size())) {
      co_return std::unexpected(Refusal{.status = 503,
                                        .code = "overloaded",
                                        .message = "too many large requests at once",
                                        .headers = {{"Retry-After", "5"}}});
    }
    // A sender who keeps the least rate is never cut off.
    const auto earned = std::chrono::milliseconds(parser.body_size() * 1000 / limits_.body_bytes_per_second);
    if (!co_await read_more(kBodyReadBytes, begin + limits_.body_time + earned)) co_return false;
  }
}

}  // namespace hearth
