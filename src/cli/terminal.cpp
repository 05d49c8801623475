#include "cli/terminal.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "base/printable.h"
#include "base/system_error.h"
#include "store/model_path.h"

namespace hearth::cli {
namespace {

/// Why standard output was not written, the first time; 0: it was. A stream keeps only that it was not.
std::atomic<int> output_error = 0;

bool write_now(std::FILE* stream, std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (written && std::fflush(stream) == 0) return true;
  int none = 0;
  if (stream == stdout) output_error.compare_exchange_strong(none, errno == 0 ? EIO : errno);
  return false;
}

}  // namespace

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

void print_text(std::FILE* stream, std::string_view text) { write_now(stream, visible(text)); }

void print_line(std::string_view text) { write_now(stderr, visible_line(text) + "\n"); }

void show_progress(std::string_view line) {
  write_now(stderr, fmt::format("\r{}\x1b[K", visible_line(line)));
}

void print_error(const Error& error) {
  print_line("error: " + error.message);
  if (!error.hint.empty()) print_line("hint: " + error.hint);
}

void print_answer(std::string_view text) {
  write_now(stdout, is_terminal(stdout) ? without_controls(text) : std::string(text));
}

void print_thought(std::string_view text) {
  if (!is_terminal(stderr)) return print_text(stderr, text);
  const bool is_plain = !process_environment()("NO_COLOR").value_or("").empty();
  write_now(stderr, fmt::format("{}{}{}", is_plain ? "" : "\x1b[2m", without_controls(text),
                                is_plain ? "" : "\x1b[22m"));
}

Status print_exact(std::string_view bytes) {
  if (write_now(stdout, bytes)) return {};
  return output_status();
}

Status output_status() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  const int late = errno == 0 ? EIO : errno;
  return system_error(output_error != 0 ? output_error.load() : late, "write standard output");
}

Result<std::string> read_standard_input(size_t max_size) {
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (size == 0) return text;
    if (size < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kIo, "cannot read standard input: {}", std::strerror(errno));
    }
    if (text.size() + size_t(size) > max_size) {
      return fail(ErrorCode::kResourceLimit, "standard input holds more than {} bytes", max_size);
    }
    text.append(chunk.data(), size_t(size));
  }
}

}  // namespace hearth::cli
