#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <string_view>
#include <unordered_set>

namespace hearth::server {

class Connection;

/// The open connections. When all seats are taken, idle connections are evicted, first those of the network
/// that holds the most. A few seats are reserved for monitoring: a connection there is evicted by the next
/// one. For the home thread, but for `size`.
class ConnectionTable {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Kind : uint8_t { kReserve, kOrdinary };

  explicit ConnectionTable(size_t num_seats);

  /// For a new connection from this network. May close others.
  Kind find_seat(std::string_view network, Time now);
  void add(Connection* connection, Kind kind);
  void remove(Connection* connection);

  const std::unordered_set<Connection*>& all() const { return all_; }
  size_t size() const { return size_; }

 private:
  bool make_room(std::string_view network, Time now);
  void close(Connection* connection);
  size_t num_taken() const { return all_.size() - closing_.size(); }

  const size_t num_seats_, num_reserved_;
  std::unordered_set<Connection*> all_;
  std::unordered_set<Connection*> closing_;  ///< those of `all_` that are being closed
  std::list<Connection*> on_reserve_;        ///< the oldest first
  Time look_again_at_ = {};
  std::atomic<size_t> size_ = 0;
};

}  // namespace hearth::server
