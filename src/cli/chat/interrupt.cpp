#include "cli/chat/interrupt.h"

#include <csignal>

namespace hearth::cli {
namespace {

// A signal handler can reach nothing but static storage.
volatile std::sig_atomic_t interrupted = 0;
struct sigaction former;

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART: a read of the terminal ends, so that the prompt can start over.
  sigaction(SIGINT, &action, &former);
}

InterruptGuard::~InterruptGuard() { sigaction(SIGINT, &former, nullptr); }

void InterruptGuard::request() { interrupted = 1; }

bool InterruptGuard::take() {
  const bool was = interrupted != 0;
  interrupted = 0;
  return was;
}

}  // namespace hearth::cli
