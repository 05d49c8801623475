#include "server/access/wrong_keys.h"

#include <algorithm>
#include <cmath>

namespace hearth::server {
namespace {

constexpr std::chrono::duration<double> kForgetOne(10);  // of the wrong keys of a network
constexpr std::chrono::milliseconds kFirstWait(100);

}  // namespace

WrongKeys::Entry& WrongKeys::entry(std::string_view network, Time now) {
  const auto found = by_network_.find(std::string(network));
  if (found == by_network_.end()) {
    entries_.push_front({.network = std::string(network), .at = now});
    by_network_.emplace(entries_.front().network, entries_.begin());
    if (entries_.size() > kMostNetworks) {
      by_network_.erase(entries_.back().network);
      entries_.pop_back();
    }
    return entries_.front();
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  Entry& entry = entries_.front();
  entry.num_wrong = std::max(0.0, entry.num_wrong - (now - entry.at) / kForgetOne);
  entry.at = now;
  return entry;
}

std::optional<WrongKeys::Penalty> WrongKeys::count(std::string_view network, Time now) {
  Entry& one = entry(network, now);
  if (size_t(one.token.use_count()) > kMostHeldBack) return std::nullopt;
  const double beyond = ++one.num_wrong - double(kFree);
  if (beyond <= 0) return Penalty{};
  const double wait_ms = double(kFirstWait.count()) * std::exp2(std::min(beyond - 1, 20.0));
  return Penalty{.wait = std::chrono::milliseconds(int64_t(std::min(wait_ms, double(kLongest.count())))),
                 .hold = one.token};
}

}  // namespace hearth::server
