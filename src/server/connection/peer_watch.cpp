#include "server/connection/peer_watch.h"

#include <array>

#include "server/http/wakeup.h"

namespace hearth::server {

struct PeerWatch::State {
  State(std::shared_ptr<Transport> peer, size_t most, std::function<void()> news)
      : transport(std::move(peer)),
        most_ahead(most),
        on_news(std::move(news)),
        has_stopped(transport->executor()) {}

  const std::shared_ptr<Transport> transport;
  const size_t most_ahead;
  std::function<void()> on_news;
  std::string ahead = {};
  Wakeup has_stopped;
  bool running = true, stopping = false, gone = false;
};

PeerWatch::PeerWatch(std::shared_ptr<Transport> transport, size_t most_ahead, std::function<void()> on_news)
    : state_(std::make_shared<State>(std::move(transport), most_ahead, std::move(on_news))) {
  asio::co_spawn(state_->transport->executor(), watch(state_), asio::detached);
}

PeerWatch::~PeerWatch() {
  if (!state_->running) return;
  state_->stopping = true;
  state_->transport->close();
}

asio::awaitable<std::string> PeerWatch::stop() {
  const auto state = state_;
  state->stopping = true;
  while (state->running) {
    state->transport->cancel();
    co_await state->has_stopped.wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  }
  co_return std::move(state->ahead);
}

bool PeerWatch::half_closed() const { return state_->transport->at_end(); }
bool PeerWatch::gone() const { return state_->gone; }

asio::awaitable<void> PeerWatch::watch(std::shared_ptr<State> state) {
  Transport& transport = *state->transport;
  while (!state->stopping && !state->gone) {
    bool gone = false;
    if (transport.at_end()) {
      gone = co_await transport.wait_broken();
    } else {
      std::array<char, 512> buffer;
      const size_t num_read = co_await transport.read_some(buffer, SteadyTime::max());
      state->ahead.append(buffer.data(), num_read);
      gone = num_read == 0 ? !transport.at_end() : state->ahead.size() > state->most_ahead;
    }
    if (state->stopping) break;
    state->gone = gone;
    state->on_news();
  }
  state->running = false;
  state->has_stopped.notify();
}

}  // namespace hearth::server
