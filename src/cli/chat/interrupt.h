#pragma once

namespace hearth::cli {

/// While it lives, Ctrl-C (SIGINT) sets a flag instead of ending the program. One at a time in a process; the
/// former handling comes back when it goes.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Whether Ctrl-C came since the last call.
  bool take();
  /// As if Ctrl-C came.
  void request();
};

}  // namespace hearth::cli
