#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/sha256.h"

namespace hearth {

/// Remembers SHA-256 digests of files by what the system says of a file's state, in one small file for its
/// owner alone. Several programs may share it: what one writes while another does may be lost, and is found
/// out again. Not thread-safe.
class FileDigests {
 public:
  /// Digests that are kept; the oldest go.
  static constexpr size_t kMostEntries = 512;

  /// Nothing is read before it is needed. An empty path: nothing is remembered.
  explicit FileDigests(std::filesystem::path path) : path_(std::move(path)) {}

  /// Lines that are torn or no lines of ours are passed over.
  std::optional<Sha256Digest> find(const FileStamp& stamp) const;

  /// Error: kIo.
  Status add(const FileStamp& stamp, const Sha256Digest& digest) const;

 private:
  std::filesystem::path path_;
};

/// What such a file says, oldest first: for tests and fuzzing.
struct FileDigestEntry {
  FileStamp stamp;
  Sha256Digest digest;
};
std::vector<FileDigestEntry> parse_file_digests(std::string_view text);

}  // namespace hearth
