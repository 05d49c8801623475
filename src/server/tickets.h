#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>

#include "base/error.h"

namespace hearth {

/// How many pieces of model work may be waiting or running at once; the rest is turned away at once, so that
/// an overloaded server stays quick to say so. Thread-safe.
class Tickets {
 public:
  explicit Tickets(size_t capacity) : capacity_(capacity) {}

  /// Takes `count` until the pointer goes; null where there are not so many. Tickets must outlive it.
  std::shared_ptr<void> try_take(size_t count);
  size_t capacity() const { return capacity_; }
  /// Whole seconds in which one is likely to come back, by how long they were held lately.
  int retry_after_s() const;
  Error overloaded() const;

 private:
  void give_back(size_t count, std::chrono::duration<double> held);

  const size_t capacity_;
  mutable std::mutex mutex_;
  size_t num_taken_ = 0;      ///< guarded by mutex_
  double mean_held_s_ = 0.0;  ///< guarded by mutex_
};

}  // namespace hearth
