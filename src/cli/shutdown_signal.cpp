#include "cli/shutdown_signal.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"

namespace hearth {
namespace {

constexpr int kInterrupted = 130;

// A signal handler can reach nothing but static storage.
std::array<int, 2> pipe_ends = {-1, -1};
volatile std::sig_atomic_t num_signals = 0;

void on_signal(int) {
  const int saved = errno;
  num_signals = num_signals + 1;
  if (num_signals > 1) _exit(kInterrupted);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(pipe_ends[1], &byte, 1);
  errno = saved;
}

void handle(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

}  // namespace

ShutdownSignal::ShutdownSignal() {
  CHECK(::pipe2(pipe_ends.data(), O_CLOEXEC) == 0);
  num_signals = 0;
  handle(on_signal);
}

ShutdownSignal::~ShutdownSignal() {
  handle(SIG_DFL);
  for (const int end : pipe_ends) ::close(end);
}

void ShutdownSignal::wait() {
  char byte;
  while (::read(pipe_ends[0], &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace hearth
