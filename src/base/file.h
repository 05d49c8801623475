#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/file_descriptor.h"
#include "base/result.h"

// Everything that a user names as a file is opened here or in base/private_file.h: folders, pipes, devices
// and sockets are refused at once, none is waited for.

namespace hearth {

/// Which file it is, and in which state: whatever writes to a file changes the time of its last change, which
/// no program can set.
struct FileStamp {
  uint64_t device = 0, inode = 0, num_bytes = 0;
  int64_t written_ns = 0;  ///< mtime
  int64_t changed_ns = 0;  ///< ctime
  auto operator<=>(const FileStamp&) const = default;
};

/// A file mapped read-only. Movable; the mapping lives as long as the object. Thread-safe for reading.
class MappedFile {
 public:
  /// Errors: kNotFound, kIo (with the path and the system's reason), kInvalidArgument for what is no regular
  /// file.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  ByteSpan bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
  const std::filesystem::path& path() const { return path_; }

  /// The file as it was when it was opened; and as it is now, wherever its name leads to by now.
  const FileStamp& stamp() const { return stamp_; }
  Result<FileStamp> current_stamp() const;
  /// Reads bytes at a place, without the mapping: a file that has become shorter is no signal. Error: kIo,
  /// also where fewer are left.
  Status read_at(uint64_t offset, std::span<std::byte> out) const;

  /// Tells the system that the whole pages inside `range` are not needed now: they leave the resident set and
  /// are read again if touched.
  void release(ByteSpan range) const;

  /// Asks the system to start reading the whole file.
  void prefetch() const;

 private:
  FileDescriptor fd_;
  void* data_ = nullptr;
  size_t size_ = 0;
  FileStamp stamp_;
  std::filesystem::path path_;
};

/// Opens a regular file for reading. Errors: as of `MappedFile::open`, kResourceLimit.
Result<FileDescriptor> open_file(const std::filesystem::path& path);

/// The whole of a file of at most `max_size` bytes. Errors: as of `open_file`.
Result<std::string> read_file(const std::filesystem::path& path, size_t max_size);

/// Makes a file for results that a user has asked for, with the permissions that his umask gives, or empties
/// the one that is there. Errors: as of `open_file`.
Result<FileDescriptor> create_output_file(const std::filesystem::path& path);

enum class Durability : uint8_t {
  kLasting,   ///< survives a power cut
  kCheckable  ///< a power cut may leave it damaged: its reader finds out
};

/// Replaces `path` by `content`, so that a reader sees the old file or the new one; a symbolic link in its
/// place is itself replaced. The file is for its owner alone (0600). Errors: kIo; kInvalidArgument for a
/// folder, a pipe, a device or a socket, which stays.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content,
                         Durability durability = Durability::kLasting);

/// The same for a place that a user names: symbolic links are followed, and stay.
Status write_named_file(const std::filesystem::path& path, std::string_view content);

/// The same where there is no such file yet: false where there is one. Error: kIo.
Result<bool> create_file(const std::filesystem::path& path, std::string_view content);

/// All of `content`, or an error that names `path`. Error: kIo.
Status write_all(int fd, std::string_view content, const std::filesystem::path& path);

/// Error: kInvalidArgument that says what `path` is, where that is no regular file.
Status require_regular(const std::filesystem::path& path, mode_t mode);

/// Why open() has failed with `error`.
std::unexpected<Error> open_failure(const std::filesystem::path& path, int error);

}  // namespace hearth
