#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace hearth {

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

  /// Tells the system that the whole pages inside `range` are not needed now: they leave the resident set and
  /// are read again if touched.
  void release(ByteSpan range) const;

  /// Asks the system to start reading the whole file.
  void prefetch() const;

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
  std::filesystem::path path_;
};

/// The whole of a file of at most `max_size` bytes.
Result<std::string> read_file(const std::filesystem::path& path, size_t max_size);

/// Replaces `path` by `content`, so that a reader sees the old file or the new one, also after a power cut.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content);

}  // namespace hearth
