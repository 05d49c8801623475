#include "server/connection/make_room.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace hearth::server {
namespace {

// Who has just sent something, or is about to, is left alone by its like.
constexpr auto kLeastAge = std::chrono::seconds(1);

}  // namespace

std::vector<size_t> choose_to_close(std::span<const Seat> seats, std::string_view newcomer, size_t most,
                                    std::chrono::steady_clock::time_point now) {
  std::unordered_map<std::string_view, size_t> counts;
  for (const Seat& seat : seats) ++counts[seat.network];
  ++counts[newcomer];
  const size_t share = std::max<size_t>(1, seats.size() / counts.size());
  const bool newcomer_has_much = counts[newcomer] > share;

  std::vector<size_t> chosen;
  const auto rank = [&](size_t i) {
    const bool waits = seats[i].phase == Seat::Phase::kWaiting;
    return std::tuple(counts[seats[i].network] <= share, !waits, seats[i].since);
  };
  for (size_t i = 0; i < seats.size(); ++i) {
    const Seat& seat = seats[i];
    if (seat.phase == Seat::Phase::kResponding) continue;
    const bool has_much = counts[seat.network] > share;
    const bool displaced = has_much && !newcomer_has_much;
    if (!displaced && now - seat.since < kLeastAge) continue;
    if (!has_much && (newcomer_has_much || seat.phase != Seat::Phase::kWaiting)) continue;
    chosen.push_back(i);
  }
  const size_t count = std::min(most, chosen.size());
  std::ranges::partial_sort(chosen, chosen.begin() + std::ptrdiff_t(count), {}, rank);
  chosen.resize(count);
  return chosen;
}

}  // namespace hearth::server
