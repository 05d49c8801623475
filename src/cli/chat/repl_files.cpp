#include <cctype>
#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include "base/file.h"
#include "cli/chat/repl.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileSize = size_t(1) << 20;

/// "readme" is a word, "./readme" is none.
bool looks_like_path(std::string_view text) {
  for (const std::string_view begin : {"/", "./", "../", "~/"}) {
    if (text.starts_with(begin)) return true;
  }
  return false;
}

/// Whether `name` stands for a file: it looks like a path, or there is something of that name. What is not
/// there, or is no file, is an error of whoever reads it.
bool names_file(std::string_view name) {
  struct stat info = {};
  return looks_like_path(name) || ::stat(expand_home(name).c_str(), &info) == 0;
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

fs::path expand_home(std::string_view path) {
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr) return fs::path(home) / path.substr(2);
  return fs::path(path);
}

Result<std::string> expand_files(std::string_view message) {
  std::error_code error;
  if (looks_like_path(message) && message.find('\n') == std::string_view::npos) {
    const fs::path path = expand_home(message);
    // A file's name may have spaces; what is none of a file's may as well be a sentence.
    const bool is_word = message.find_first_of(" \t") == std::string_view::npos;
    if (is_word || fs::is_regular_file(path, error)) return read_text(path);
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
    if (begins_word && !word.empty() && names_file(word)) {
      expanded += TRY(read_text(expand_home(word)));
      message.remove_prefix(1 + word.size());
    } else {
      expanded += '@';
      message.remove_prefix(1);
    }
  }
  return expanded;
}

}  // namespace hearth::cli
