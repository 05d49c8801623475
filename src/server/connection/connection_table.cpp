#include "server/connection/connection_table.h"

#include <algorithm>
#include <vector>

#include "server/connection/connection.h"
#include "server/connection/make_room.h"

namespace hearth::server {
namespace {

constexpr size_t kMostReserved = 64, kSeatsOfOneReserved = 8;
constexpr size_t kMostClosedAtOnce = 32;
// Looking for room goes through all connections: where there was none, not at each that comes.
constexpr auto kLookAgain = std::chrono::milliseconds(100);

}  // namespace

ConnectionTable::ConnectionTable(size_t num_seats)
    // Of a few none can be spared, so that one is added.
    : num_seats_(num_seats < kSeatsOfOneReserved ? num_seats + 1 : num_seats),
      num_reserved_(std::clamp<size_t>(num_seats / kSeatsOfOneReserved, 1, kMostReserved)) {}

ConnectionTable::Kind ConnectionTable::find_seat(std::string_view network, Time now) {
  const size_t num_ordinary = num_seats_ - num_reserved_;
  if (num_taken() - on_reserve_.size() < num_ordinary || make_room(network, now)) return Kind::kOrdinary;
  if (on_reserve_.size() >= num_reserved_) close(on_reserve_.front());
  return Kind::kReserve;
}

bool ConnectionTable::make_room(std::string_view network, Time now) {
  if (now < look_again_at_) return false;
  std::vector<Connection*> connections;
  std::vector<Seat> seats;
  for (Connection* connection : all_) {
    if (closing_.contains(connection)) continue;
    connections.push_back(connection);
    seats.push_back(connection->seat());
  }
  const std::vector<size_t> chosen =
      choose_to_close(seats, network, std::min(kMostClosedAtOnce, 1 + num_seats_ / 16), now);
  if (chosen.empty()) look_again_at_ = now + kLookAgain;
  for (const size_t i : chosen) close(connections[i]);
  return !chosen.empty();
}

void ConnectionTable::close(Connection* connection) {
  closing_.insert(connection);
  on_reserve_.remove(connection);
  connection->abort();
}

void ConnectionTable::add(Connection* connection, Kind kind) {
  all_.insert(connection);
  if (kind == Kind::kReserve) on_reserve_.push_back(connection);
  size_ = all_.size();
}

void ConnectionTable::remove(Connection* connection) {
  all_.erase(connection);
  closing_.erase(connection);
  on_reserve_.remove(connection);
  size_ = all_.size();
}

}  // namespace hearth::server
