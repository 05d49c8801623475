#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace hearth::transfer {

/// A token bucket of bytes: what is taken beyond it is paid back by waiting. Not thread-safe.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// 0: no limit.
  explicit RateLimit(uint64_t bytes_per_second) : rate_(double(bytes_per_second)) {}

  bool is_limited() const { return rate_ > 0; }
  /// Whether bytes may be taken now.
  bool is_open(Time now) {
    refill(now);
    return !is_limited() || level_ > 0;
  }
  void take(uint64_t num_bytes) { level_ -= is_limited() ? double(num_bytes) : 0; }
  /// How long until it is open.
  std::chrono::milliseconds wait(Time now) {
    if (is_open(now)) return {};
    return std::chrono::milliseconds(int64_t(-level_ / rate_ * 1000) + 1);
  }

 private:
  // A tenth of a second's worth may come at once.
  void refill(Time now) {
    if (last_ != Time()) {
      level_ = std::min(rate_ / 10, level_ + rate_ * std::chrono::duration<double>(now - last_).count());
    } else {
      level_ = rate_ / 10;
    }
    last_ = now;
  }

  double rate_;
  double level_ = 0;
  Time last_ = {};
};

}  // namespace hearth::transfer
