#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hearth::server {

/// What decides whether a connection may be evicted.
struct Seat {
  enum class Phase : uint8_t { kWaiting, kReading, kResponding };  ///< kWaiting: for a request
  std::string_view network;
  Phase phase = Phase::kWaiting;
  std::chrono::steady_clock::time_point since;  ///< of the phase
};

/// Which connections to evict for a new one from the network `newcomer` when all seats are taken: at most
/// `most`, first of networks above their even share. Idle connections go first, then those that have been
/// slow to send a request; never one that is responding. A newcomer above its share evicts only others above
/// theirs. Indices into `seats`.
std::vector<size_t> choose_to_close(std::span<const Seat> seats, std::string_view newcomer, size_t most,
                                    std::chrono::steady_clock::time_point now);

}  // namespace hearth::server
