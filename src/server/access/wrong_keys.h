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

/// Slows down those who try one key after the other: the answers to wrong keys are held back, the longer the
/// more of them come from a network. A right key is never looked up here, so that nobody can shut out others
/// behind the same address. For one thread.
class WrongKeys {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr size_t kFree = 5;             ///< answered at once
  static constexpr size_t kMostHeldBack = 8;     ///< answers of a network at a time
  static constexpr size_t kMostNetworks = 4096;  ///< that are remembered, the latest
  static constexpr std::chrono::milliseconds kLongest{5'000};

  /// An answer to hold back. While it lives, it is one of its network's.
  struct Penalty {
    std::chrono::milliseconds wait{0};
    std::shared_ptr<void> hold;
  };
  /// Nothing: so many of the network's are held back that this one is turned away at once.
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
