#include "cli/terminal.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace hearth {

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

void print_now(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
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

}  // namespace hearth
