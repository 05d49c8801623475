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

std::string without_controls(std::string_view text) {
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next <= 0x9F;  // U+0080 to U+009F
    if (is_c1) ++i;
    if (is_c1 || byte == 0x7F || (byte < 0x20 && byte != '\n' && byte != '\t')) {
      safe += "\xEF\xBF\xBD";
    } else {
      safe += text[i];
    }
  }
  return safe;
}

void print_answer(std::string_view text) {
  if (is_terminal(stdout)) {
    print_now(stdout, without_controls(text));
  } else {
    print_now(stdout, text);
  }
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
