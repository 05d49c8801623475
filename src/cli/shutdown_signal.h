#pragma once

namespace hearth {

/// While it lives, SIGINT and SIGTERM do not end the program: the first makes `wait` return, another ends the
/// program at once. One in a process.
class ShutdownSignal {
 public:
  ShutdownSignal();
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  /// Returns when a signal has come.
  void wait();
};

}  // namespace hearth
