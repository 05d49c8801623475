#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hearth::server {

/// Slows down the guessing of keys: responses to wrong keys are delayed, the longer the more of them come
/// from a network. Valid keys are never delayed, so that nobody can lock out others behind the same address.
/// For one thread.
class WrongKeys {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr size_t kFree = 5;             ///< without delay
  static constexpr size_t kMostHeldBack = 8;     ///< delayed responses of a network
  static constexpr size_t kMostNetworks = 4096;  ///< remembered, most recent first
  static constexpr std::chrono::milliseconds kLongest{5'000};

  /// A delay before the response. While it lives, it counts against its network.
  struct Penalty {
    std::chrono::milliseconds wait{0};
    std::shared_ptr<void> hold;
  };
  /// Nothing: too many responses to this network are delayed already; this request is refused at once.
  std::optional<Penalty> count(std::string_view network, Time now);
  size_t num_networks() const { return entries_.size(); }

 private:
  struct Entry {
    std::string network;
    double num_wrong = 0;
    Time at;
    std::shared_ptr<void> token = std::make_shared<char>();  ///< shared by its penalties
  };
  Entry& entry(std::string_view network, Time now);

  std::list<Entry> entries_;  ///< the latest first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_network_;
};

}  // namespace hearth::server
