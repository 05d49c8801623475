#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <string_view>
#include <unordered_set>

namespace hearth::server {

class Connection;

/// Who is connected. Where all seats are taken, those that wait for nothing make room, of whoever has most of
/// them. Some seats are kept back: who gets one of these may ask how the server is, and no more, and leaves
/// when the next needs it. For the home thread, but for `size`.
class ConnectionTable {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Kind : uint8_t { kNone, kReserve, kOrdinary };

  explicit ConnectionTable(size_t num_seats);

  /// For one that comes now from this network. May close others.
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
  std::unordered_set<Connection*> closing_;  ///< of those
  std::list<Connection*> on_reserve_;        ///< the oldest first
  Time look_again_at_ = {};
  std::atomic<size_t> size_ = 0;
};

}  // namespace hearth::server
