#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "text/jinja/value/limits.h"

namespace hearth::jinja {

/// Counts what one rendering costs in steps and in bytes alive, and says when a limit is passed. Not
/// thread-safe: each rendering has its own.
class Meter {
 public:
  /// Bytes that count as one step: for copying and searching, and for work on each code point.
  static constexpr size_t kCopyBytesPerStep = 128;
  static constexpr size_t kScanBytesPerStep = 16;

  explicit Meter(const JinjaLimits& limits) : limits_(limits) {}

  const JinjaLimits& limits() const { return limits_; }
  size_t bytes() const { return bytes_; }

  /// Error: kResourceLimit where the steps, or the bytes alive, are now beyond their limit.
  Status spend(uint64_t steps) {
    steps_ += steps;
    if (steps_ > limits_.max_steps || bytes_ > limits_.max_memory) [[unlikely]]
      return exhausted();
    return {};
  }
  Status spend_copy(size_t num_bytes) { return spend(num_bytes / kCopyBytesPerStep); }
  Status spend_scan(size_t num_bytes) { return spend(num_bytes / kScanBytesPerStep); }

  /// Error: kResourceLimit where `num_bytes` more would pass the memory limit. To be asked before anything
  /// large is made.
  Status check_room(size_t num_bytes) const {
    if (num_bytes > limits_.max_memory || bytes_ > limits_.max_memory - num_bytes) [[unlikely]]
      return out_of_memory();
    return {};
  }
  /// Error: kResourceLimit for a string that is longer than an output may be.
  Status check_string(size_t num_bytes) const {
    if (num_bytes > limits_.max_output) [[unlikely]]
      return string_too_long();
    return {};
  }

  void grow(size_t num_bytes) { bytes_ += num_bytes; }
  void shrink(size_t num_bytes) { bytes_ -= num_bytes; }

 private:
  Status exhausted() const;
  Status out_of_memory() const;
  Status string_too_long() const;

  JinjaLimits limits_;
  uint64_t steps_ = 0;
  size_t bytes_ = 0;
};

/// The error of anything nested deeper than JinjaLimits::max_depth.
std::unexpected<Error> too_deep(std::string_view what, int max_depth);

}  // namespace hearth::jinja
