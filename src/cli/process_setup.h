#pragma once

#include <exception>

#include "base/error.h"

namespace hearth {

/// What main() does before all else, once:
/// - file descriptors 0, 1 and 2 are open, so that no file that is opened later takes the place of one of
/// them;
///   reading or writing one that was closed fails;
/// - a file that reaches the limit for its size (ulimit -f) is an error of its write, not the end of the
/// process;
/// - an exception that nobody catches, in a thread or a destructor, ends the process with a line and the exit
/// code
///   that `error_of` says.
void set_up_process();

/// An exception as an error: memory or another limit that is used up, a refusal of the system, a fault of
/// ours.
Error error_of(const std::exception_ptr& exception);

}  // namespace hearth
