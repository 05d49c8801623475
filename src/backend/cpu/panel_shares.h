#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/threads.h"

namespace hearth::cpu {

/// How the threads of a task divide a run of panels: each has a part of its own, which memory is read best
/// in, and what is left over goes piece by piece to whoever is free. Threads of one speed do not finish
/// together, as they share memory, and the first would wait for the last.
class PanelShares {
 public:
  /// Before the task. Without pieces (0) all panels are parts of somebody's own.
  void plan(int64_t num_panels, int num_threads, int64_t piece) {
    // An eighth is more than threads of a machine that does nothing else drift apart.
    const int64_t left = piece > 0 && num_threads > 1 ? num_panels / 8 : 0;
    num_panels_ = num_panels;
    num_threads_ = num_threads;
    own_ = num_panels - left;
    piece_ = std::max<int64_t>(piece, 1);
    next_.store(own_, std::memory_order_relaxed);
  }

  /// Inside it: body(first panel, panel past the last).
  template <typename Body>
  void each(int thread, Body body) {
    const WorkRange own = split_work(own_, thread, num_threads_);
    if (own.begin < own.end) body(own.begin, own.end);
    if (own_ == num_panels_) return;
    for (int64_t begin; (begin = next_.fetch_add(piece_, std::memory_order_relaxed)) < num_panels_;)
      body(begin, std::min(begin + piece_, num_panels_));
  }

 private:
  int64_t num_panels_ = 0, own_ = 0, piece_ = 1;
  int num_threads_ = 1;
  alignas(64) std::atomic<int64_t> next_{0};
};

}  // namespace hearth::cpu
