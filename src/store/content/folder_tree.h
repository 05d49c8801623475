#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace hearth {

/// Files below one folder, reached from it part by part: no ".." and no symbolic link on the way leads out of
/// it, whatever names are asked for and whoever lays links meanwhile. The folder itself may be a link. Files
/// are made with the permissions that the umask leaves, so that others may read a store that is shared.
/// Thread-safe; nothing is kept open.
class FolderTree {
 public:
  explicit FolderTree(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }

  /// Errors: kNotFound, kIo, kInvalidArgument for what is no plain file or leads out, kResourceLimit.
  Result<std::string> read(const std::filesystem::path& path, size_t max_size) const;
  /// Replaces the file at `path`, and makes the folders above it. A reader sees the old file or the new one,
  /// also after a power cut. Errors: kIo, kNoSpace, kInvalidArgument.
  Status write(const std::filesystem::path& path, std::string_view content) const;
  /// Opens, and makes where there is none, an empty file for locks.
  Result<FileDescriptor> open_lock(const std::filesystem::path& path) const;
  /// A symbolic link. Error: kIo.
  Status link(const std::filesystem::path& path, const std::filesystem::path& target) const;
  /// Removes a file; folders above that are empty then go, up to the root. Errors: kNotFound, kIo.
  Status remove(const std::filesystem::path& path) const;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Removes a folder with all that is in it, without following links. Nothing where there is none.
  Status remove_all(const std::filesystem::path& path) const;
  /// What is in a folder, in order of name, as a rule without what begins with a dot; empty where there is
  /// none. Error: kIo.
  enum class Hidden : uint8_t { kLeftOut, kToo };
  Result<std::vector<std::string>> list(const std::filesystem::path& path,
                                        Hidden hidden = Hidden::kLeftOut) const;
  /// Removes what a `write` that was killed has left below a folder, if it is old enough, and empty folders
  /// there. Not beside others that write. Error: kIo.
  Status tidy(const std::filesystem::path& path, int max_depth, int64_t age_s) const;
  /// When a file was written, in seconds since 1970. Errors: kNotFound, kIo.
  Result<int64_t> modified_s(const std::filesystem::path& path) const;

 private:
  Result<FileDescriptor> open_folder(const std::filesystem::path& path, bool make) const;
  std::unexpected<Error> failure(int error, std::string_view doing, const std::filesystem::path& path) const;

  std::filesystem::path root_;
};

/// What keeps a user from writing to a folder, with whose it is.
std::unexpected<Error> write_failure(int error, std::string_view doing, const std::filesystem::path& path);

}  // namespace hearth
