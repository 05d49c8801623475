#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "base/result.h"

namespace hearth {

/// Writes what a file descriptor takes of `text` without waiting longer than until `deadline`; the bytes
/// written. `error` is set to the reason (errno's number; ETIMEDOUT) where that is not all. The caller sees
/// to SIGPIPE.
size_t write_until(int fd, std::string_view text, std::chrono::steady_clock::time_point deadline, int& error);

/// Writes lines to a file descriptor from a thread of its own, in order. Whoever adds a line never waits:
/// lines that find too many before them, or that the other side does not take (a full disk, a closed pipe),
/// are dropped and counted, and a line in their place says how many, as soon as it is taken. Thread-safe.
class LogWriter {
 public:
  struct Limits {
    size_t max_bytes = size_t(1) << 20;          ///< of the lines that wait
    std::chrono::milliseconds last_words{1000};  ///< how long the end waits for them to be taken
  };

  /// The descriptor stays the caller's. Error: kResourceLimit where there is no thread to be had.
  static Result<std::unique_ptr<LogWriter>> start(int fd, Limits limits);
  static Result<std::unique_ptr<LogWriter>> start(int fd) { return start(fd, Limits{}); }
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Without its end.
  void add(std::string_view line) noexcept;
  uint64_t num_dropped() const;

 private:
  struct State;
  explicit LogWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace hearth
