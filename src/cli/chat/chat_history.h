#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace hearth::cli {

/// What was entered in chats, in a file for its owner alone: an entry a line, "\\n" for the end of a line in
/// it and "\\\\" for a backslash. Chats that run at once add to the same file. Not thread-safe.
class ChatHistory {
 public:
  static constexpr size_t kMostEntries = 1000;

  /// Makes the file where there is none. One that has grown too long is cut to its newest entries. Errors:
  /// those of `open_private_file`, kResourceLimit for one beyond 16 MB, kNoSpace.
  static Result<ChatHistory> open(const std::filesystem::path& path, const LogSink& log);

  /// As the file had them when it was opened, oldest first.
  const std::vector<std::string>& entries() const { return entries_; }
  /// With an error nothing of it is in the file. Errors: kIo, kNoSpace.
  Status add(std::string_view entry);

 private:
  ChatHistory(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  FileDescriptor file_;
  std::vector<std::string> entries_;
};

}  // namespace hearth::cli
