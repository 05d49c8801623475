#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "cli/repl.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileSize = size_t(1) << 20;

fs::path expand_home(std::string_view path) {
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr) return fs::path(home) / path.substr(2);
  return fs::path(path);
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<std::string> read_text(const fs::path& path) {
  std::string text = TRY(read_file(path, kMaxFileSize));
  if (text.find('\0') != std::string::npos) {
    return fail_hint(ErrorCode::kInvalidArgument, "only text files can be read", "{} is no text",
                     path.string());
  }
  if (!text.ends_with('\n')) text += '\n';
  return fmt::format("{}:\n```\n{}```", path.filename().string(), text);
}

}  // namespace

Result<std::string> expand_files(std::string_view message) {
  // Only what looks like a path is taken for one: "readme" is a word.
  const bool like_path = message.starts_with('/') || message.starts_with("./") ||
                         message.starts_with("../") || message.starts_with("~/");
  if (like_path && message.find('\n') == std::string_view::npos && is_file(expand_home(message))) {
    return read_text(expand_home(message));
  }
  std::string expanded;
  while (!message.empty()) {
    const size_t at = message.find('@');
    const bool begins_word = at == 0 || (at != std::string_view::npos &&
                                         std::isspace(static_cast<unsigned char>(message[at - 1])));
    expanded += message.substr(0, at);
    if (at == std::string_view::npos) break;
    message.remove_prefix(at);
    const std::string_view word = message.substr(1, message.find_first_of(" \t\r\n", 1) - 1);
    if (begins_word && !word.empty() && is_file(expand_home(word))) {
      expanded += TRY(read_text(expand_home(word)));
      message.remove_prefix(1 + word.size());
    } else {
      expanded += '@';
      message.remove_prefix(1);
    }
  }
  return expanded;
}

}  // namespace hearth
