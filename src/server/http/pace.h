#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::server {

/// The deadline by which a sender must have sent more to keep a minimum rate. A fast start earns no credit.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// At least `bytes_per_second` on average over every `span`.
  Pace(std::chrono::milliseconds span, size_t bytes_per_second, Time now)
      : span_(span), quota_(bytes_per_second * size_t(span.count()) / 1000), since_(now) {}

  Time deadline() const { return since_ + span_; }
  /// `total`: all bytes received so far.
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
