#include "cli/process_setup.h"

#include <cerrno>
#include <csignal>
#include <ios>
#include <new>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/system_error.h"
#include "base/threads.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free, which is `fd`, and the wrong way round, so that its use is an error.
    const int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", flags) < 0) [[maybe_unused]]
      const int folder = ::open("/", O_RDONLY);
  }
}

/// Last words, without memory: there may be none left.
[[noreturn]] void on_terminate() {
  constexpr std::string_view kNoMemory = "error: there is not enough memory\n";
  constexpr std::string_view kFault = "error: the program has a fault: ";
  const auto say = [](std::string_view text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  };
  const auto say_tame = [&](std::string_view text) {
    for (const char& c : text) say(c >= 0x20 && c < 0x7f ? std::string_view(&c, 1) : "?");
  };
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
    say(kFault);
    say("it ended itself\n");
  } catch (const std::bad_alloc&) {
    say(kNoMemory);
    ::_exit(exit_code(ErrorCode::kResourceLimit));
  } catch (const std::exception& error) {
    say(kFault);
    say_tame(error.what());
    say("\n");
  } catch (...) {
    say(kFault);
    say("an exception of an unknown kind\n");
  }
  ::_exit(exit_code(ErrorCode::kInternal));
}

}  // namespace

void set_up_process() {
  open_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_terminate(on_terminate);
  set_thread_stacks();
}

int on_ample_stack(const std::function<int()>& body) {
  rlimit stack = {};
  if (::getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= kStackBytes) return body();
  int code = 0;
  sigset_t all, former;
  ::sigfillset(&all);
  // Signals are for the thread that does the work: only a call of its own do they interrupt.
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  Result<std::thread> thread = start_thread([&] {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    code = body();
  });
  if (thread) {
    thread->join();
    return code;
  }
  Error error = std::move(thread.error());
  error.message = fmt::format("the stack of {} bytes is too small (ulimit -s), and {}",
                              size_t(stack.rlim_cur), error.message);
  print_error(error);
  return exit_code(error.code);
}

Error error_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kResourceLimit, "there is not enough memory",
            "free some, choose a smaller model or context, or raise the limit (ulimit -v)"};
  } catch (const std::ios_base::failure& error) {
    return {ErrorCode::kIo, error.what(), {}};
  } catch (const std::system_error& error) {
    Error refused = system_error(error.code().value(), "go on").error();
    refused.message = error.what();
    return refused;
  } catch (const std::exception& error) {
    return {ErrorCode::kInternal, error.what(), "this is a fault of the program: please report it"};
  } catch (...) {
    return {ErrorCode::kInternal, "an exception of an unknown kind", {}};
  }
}

}  // namespace hearth::cli
