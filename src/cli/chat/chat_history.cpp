#include "cli/chat/chat_history.h"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/private_file.h"
#include "base/system_error.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxSize = size_t(16) << 20;

std::string to_line(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\\') {
      line += "\\\\";
    } else if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  return line + '\n';
}

std::string from_line(std::string_view line) {
  std::string entry;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      entry += line[i];
    } else {
      ++i;
      entry += line[i] == 'n' ? '\n' : line[i];
    }
  }
  return entry;
}

}  // namespace

Result<ChatHistory> ChatHistory::open(const std::filesystem::path& path, const LogSink& log) {
  ChatHistory history(path, TRY(open_private_file(path, log)));
  const std::string text = TRY(read_file(path, kMaxSize));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) history.entries_.push_back(from_line(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  std::vector<std::string>& entries = history.entries_;
  if (entries.size() <= kMostEntries) return history;
  const bool is_long = entries.size() > 2 * kMostEntries;
  entries.erase(entries.begin(), entries.end() - ptrdiff_t(kMostEntries));
  if (!is_long) return history;
  std::string newest;
  for (const std::string& entry : entries) newest += to_line(entry);
  TRY(write_file_atomic(path, newest, Durability::kCheckable));
  history.file_ = TRY(open_private_file(path, log));
  return history;
}

Status ChatHistory::add(std::string_view entry) {
  struct stat info = {};
  if (::fstat(file_.get(), &info) != 0) return system_error(errno, "write " + path_.string());
  Status written = write_all(file_.get(), to_line(entry), path_);
  // Half an entry would become one with the next.
  if (!written) (void)::ftruncate(file_.get(), info.st_size);
  return written;
}

}  // namespace hearth::cli
