#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::server {

/// Until when a sender must have sent more, so that it keeps a least rate all the time: what it sent fast
/// before buys it nothing.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// In every `span` at least `bytes_per_second` on the average.
  Pace(std::chrono::milliseconds span, size_t bytes_per_second, Time now)
      : span_(span), quota_(bytes_per_second * size_t(span.count()) / 1000), since_(now) {}

  Time deadline() const { return since_ + span_; }
  /// So many bytes have come by now, all together.
  void count(size_t total, Time now) {
    if (total - counted_ < quota_) return;
    counted_ = total;
    since_ = now;
  }

 private:
  std::chrono::milliseconds span_;
  size_t quota_;
  Time since_;
  size_t counted_ = 0;
};

}  // namespace hearth::server
