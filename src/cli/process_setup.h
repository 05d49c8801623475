#pragma once

#include <exception>
#include <functional>

#include "base/error.h"

namespace hearth::cli {

/// What main() does before all else, once:
/// - file descriptors 0, 1 and 2 are open, so that no file that is opened later takes the place of one of
/// them;
///   reading or writing one that was closed fails;
/// - a file that reaches the limit for its size (ulimit -f) is an error of its write, not the end of the
/// process;
/// - an exception that nobody catches, in a thread or a destructor, ends the process with a line and the exit
/// code
///   that `error_of` says;
/// - threads have the stack that they need.
void set_up_process();

/// Runs what the program does, on a thread of its own where `ulimit -s` has left the main one less stack than
/// that may need, and returns its exit code. Where no thread is to be had it says so.
int on_ample_stack(const std::function<int()>& body);

/// An exception as an error: memory or another limit that is used up, a refusal of the system, a fault of
/// ours.
Error error_of(const std::exception_ptr& exception);

}  // namespace hearth::cli
