#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hearth::server {

/// A connection, as far as it matters for whether it may be closed to make room.
struct Seat {
  enum class Phase : uint8_t { kWaiting, kReading, kAnswering };  ///< for a request; a request; one
  std::string_view network;
  Phase phase = Phase::kWaiting;
  std::chrono::steady_clock::time_point since;  ///< of the phase
};

/// Which connections to close where all seats are taken and one of `newcomer` comes: at most `most`, those of
/// the networks that have more than an even share first. What waits for a request loses nothing by it; where
/// nothing does, those who are long in sending one go. An answer is never cut off. A newcomer that has more
/// than its share displaces its like alone. Indices into `seats`.
std::vector<size_t> choose_to_close(std::span<const Seat> seats, std::string_view newcomer, size_t most,
                                    std::chrono::steady_clock::time_point now);

}  // namespace hearth::server
