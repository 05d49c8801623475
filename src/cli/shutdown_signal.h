#pragma once

#include <memory>

#include "base/result.h"

namespace hearth::cli {

/// What a signal asks of a server.
enum class SignalKind { kEnd, kHangUp };

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the program: they make `wait` return. A second
/// SIGINT or SIGTERM ends the program at once. A SIGHUP that is ignored when it begins stays ignored, as
/// nohup wants it. One in a process.
class ShutdownSignal {
 public:
  /// Error: kResourceLimit where there are no files to be had.
  static Result<std::unique_ptr<ShutdownSignal>> install();
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  /// Returns when a signal has come, once for each.
  SignalKind wait();

 private:
  ShutdownSignal() = default;
};

}  // namespace hearth::cli
