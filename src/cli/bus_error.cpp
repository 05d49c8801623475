#include "cli/bus_error.h"

#include <csignal>
#include <string_view>

#include <unistd.h>

#include "cli/exit_code.h"

namespace hearth::cli {
namespace {

constexpr std::string_view kMessage =
    "error: a mapped file can no longer be read: a model, or the .sqlite-shm beside a database, became\n"
    "shorter while in use, or its disk fails\n"
    "hint: replace a file by renaming the new one over it, and start again\n";

// Only functions that POSIX allows in a signal handler.
void report_and_exit(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(exit_code(ErrorCode::kIo));
}

}  // namespace

void report_bus_errors() {
  struct sigaction action = {};
  action.sa_handler = report_and_exit;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace hearth::cli
