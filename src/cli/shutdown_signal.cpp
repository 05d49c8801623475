#include "cli/shutdown_signal.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

#include "base/system_error.h"

namespace hearth::cli {
namespace {

constexpr int kInterrupted = 130;
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing but static storage.
std::array<int, 2> pipe_ends = {-1, -1};
volatile std::sig_atomic_t num_end_signals = 0;
std::array<struct sigaction, kSignals.size()> former;

void on_signal(int number) {
  const int saved = errno;
  // A terminal that closes may send more than one SIGHUP.
  if (number != SIGHUP) num_end_signals = num_end_signals + 1;
  if (num_end_signals > 1) _exit(kInterrupted);
  const auto kind = char(number == SIGHUP ? SignalKind::kHangUp : SignalKind::kEnd);
  [[maybe_unused]] const ssize_t written = ::write(pipe_ends[1], &kind, 1);
  errno = saved;
}

}  // namespace

Result<std::unique_ptr<ShutdownSignal>> ShutdownSignal::install() {
  // O_NONBLOCK: a handler must not wait, however many signals come; what does not fit says nothing new.
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return system_error(errno, "make a pipe");
  ::fcntl(pipe_ends[0], F_SETFL, 0);
  num_end_signals = 0;
  std::unique_ptr<ShutdownSignal> guard(new ShutdownSignal);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &former[i]);
    if (kSignals[i] == SIGHUP && former[i].sa_handler == SIG_IGN) continue;
    ::sigaction(kSignals[i], &action, nullptr);
  }
  return guard;
}

ShutdownSignal::~ShutdownSignal() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &former[i], nullptr);
  for (const int end : pipe_ends) ::close(end);
}

SignalKind ShutdownSignal::wait() {
  char kind = char(SignalKind::kEnd);
  while (::read(pipe_ends[0], &kind, 1) < 0 && errno == EINTR) {
  }
  return SignalKind(kind);
}

}  // namespace hearth::cli
