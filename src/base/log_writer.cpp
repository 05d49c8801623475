#include "base/log_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/threads.h"

namespace hearth {
namespace {

using std::chrono::steady_clock;

// A line takes this much beside its text, about.
constexpr size_t kLineOverhead = 64;

}  // namespace

size_t write_until(int fd, std::string_view text, steady_clock::time_point deadline, int& error) {
  size_t done = 0;
  if (fd < 0) error = EBADF;  // which poll() would wait for
  while (fd >= 0 && done < text.size()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd wanted = {.fd = fd, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&wanted, 1, int(std::clamp<int64_t>(left.count(), 0, INT_MAX)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      error = ETIMEDOUT;
      return done;
    }
    // What is ready to be written takes this much at least without waiting.
    const ssize_t written = ::write(fd, text.data() + done, std::min<size_t>(text.size() - done, PIPE_BUF));
    if (written >= 0) {
      done += size_t(written);
    } else if (errno != EINTR && errno != EAGAIN) {
      error = errno;
      return done;
    }
  }
  return done;
}

/// Shared with the thread, which may be stuck in a write when the rest of the program ends.
struct LogWriter::State {
  struct Line {
    std::string text;       ///< with its end
    uint64_t num_left_out;  ///< dropped between the one before and this one
  };

  State(int descriptor, Limits bounds) : fd(descriptor), limits(bounds) {}

  void run();
  bool write(std::string_view text);
  void write_line(const Line& line);
  void tell_of_lost();

  const int fd;
  const Limits limits;
  std::atomic<uint64_t> num_dropped = 0;
  std::atomic<steady_clock::time_point> deadline = steady_clock::time_point::max();

  std::mutex mutex;  ///< guards those below
  std::condition_variable changed;
  std::deque<Line> lines;
  size_t num_bytes = 0;
  uint64_t num_left_out = 0;  ///< dropped behind the last of `lines`
  bool stopping = false;
  bool done = false;

  // The thread's own.
  bool torn = false;      ///< a line was cut short
  uint64_t num_lost = 0;  ///< dropped, and not told of yet
};

bool LogWriter::State::write(std::string_view text) {
  size_t written = 0;
  while (true) {
    // In slices, so that the end is seen.
    const auto slice = std::min(deadline.load(), steady_clock::now() + std::chrono::milliseconds(100));
    int error = 0;
    written += write_until(fd, text.substr(written), slice, error);
    if (written == text.size()) return true;
    if (error == ETIMEDOUT && steady_clock::now() < deadline.load()) continue;
    torn |= written > 0;
    return false;
  }
}

void LogWriter::State::tell_of_lost() {
  if (num_lost == 0) return;
  const std::string text = fmt::format("{}note: {} lines of the log were dropped here: nobody took them\n",
                                       torn ? "\n" : "", num_lost);
  if (!write(text)) return;
  torn = false;
  num_lost = 0;
}

void LogWriter::State::write_line(const Line& line) {
  num_lost += line.num_left_out;
  tell_of_lost();
  if (num_lost == 0 && write(line.text)) return;
  ++num_lost;
  ++num_dropped;
}

void LogWriter::State::run() {
  // Of a pipe without readers, EPIPE is all that is wanted.
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  std::unique_lock lock(mutex);
  while (!stopping || !lines.empty() || num_left_out > 0) {
    if (!lines.empty()) {
      const Line line = std::move(lines.front());
      lines.pop_front();
      num_bytes -= line.text.size() + kLineOverhead;
      lock.unlock();
      write_line(line);
      lock.lock();
    } else if (num_left_out > 0) {
      num_lost += std::exchange(num_left_out, 0);
      lock.unlock();
      tell_of_lost();
      lock.lock();
    } else {
      changed.wait(lock, [&] { return stopping || !lines.empty() || num_left_out > 0; });
    }
  }
  done = true;
  changed.notify_all();
}

Result<std::unique_ptr<LogWriter>> LogWriter::start(int fd, Limits limits) {
  std::unique_ptr<LogWriter> writer(new LogWriter(std::make_shared<State>(fd, limits)));
  writer->thread_ = TRY(start_thread([state = writer->state_] { state->run(); }));
  return writer;
}

LogWriter::~LogWriter() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->deadline = steady_clock::now() + state_->limits.last_words;
  state_->changed.notify_all();
  // A little longer than the thread gives itself: it may be stuck in a terminal that is stopped.
  const bool done = state_->changed.wait_for(lock, state_->limits.last_words + std::chrono::milliseconds(500),
                                             [&] { return state_->done; });
  lock.unlock();
  done ? thread_.join() : thread_.detach();
}

void LogWriter::add(std::string_view line) noexcept {
  State& state = *state_;
  const size_t num_bytes = line.size() + 1 + kLineOverhead;
  const std::scoped_lock lock(state.mutex);
  bool fits = state.num_bytes + num_bytes <= state.limits.max_bytes;
  try {
    if (fits) {
      State::Line added{std::string(line) + '\n', state.num_left_out};
      state.lines.push_back(std::move(added));
    }
  } catch (const std::bad_alloc&) {
    fits = false;
  }
  if (fits) {
    state.num_bytes += num_bytes;
    state.num_left_out = 0;
  } else {
    ++state.num_left_out;
    ++state.num_dropped;
  }
  state.changed.notify_one();
}

uint64_t LogWriter::num_dropped() const { return state_->num_dropped; }

}  // namespace hearth
