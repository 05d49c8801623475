#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/content/blob_digest.h"
#include "store/content/folder_tree.h"

namespace hearth {

/// How old what nobody names must be to go: a pull of another process may be about to name it.
struct GarbageAges {
  std::chrono::seconds blob = std::chrono::hours(1);
  std::chrono::seconds partial = std::chrono::days(7);  ///< what a pull goes on with
};

/// Files by their content, below `blobs/` of a store: "sha256-HEX", never changed once they are there.
/// Several processes may use one store. Thread-safe.
class BlobStore {
 public:
  explicit BlobStore(const std::filesystem::path& folder) : tree_(folder) {}

  const std::filesystem::path& folder() const { return tree_.root(); }
  std::filesystem::path path(const BlobDigest& digest) const { return folder() / digest.file_name(); }
  bool has(const BlobDigest& digest, uint64_t num_bytes) const;

  /// Stores a small text. Errors: kIo, kNoSpace.
  Result<BlobDigest> put(std::string_view content);
  /// A small text. Errors: kCorruptData where it is not what its name says; kNotFound, kIo, kResourceLimit.
  Result<std::string> read(const BlobDigest& digest, size_t max_size) const;
  /// Takes a file over: links (hard, or symbolic where that cannot be) or copies (shared blocks where the
  /// file system can), hashing what it stores. The file stays as it is. Errors: kIo, also where the file
  /// changes meanwhile; kNoSpace, kCancelled.
  using Progress = std::function<void(uint64_t num_bytes)>;
  Result<BlobDigest> import(const std::filesystem::path& file, bool link, const Progress& progress = {},
                            const std::stop_token& stop = {});
  /// Makes a finished, verified file of this folder ("sha256-HEX-partial") the blob. Atomic and lasting.
  Status publish(const std::filesystem::path& finished, const BlobDigest& digest);

  Status remove(const BlobDigest& digest);
  std::vector<BlobDigest> list() const;
  /// Reads the blob through. Errors: kCorruptData where it is not what its name says; kNotFound, kIo.
  Status verify(const BlobDigest& digest, const Progress& progress = {},
                const std::stop_token& stop = {}) const;
  /// Removes blobs, partial downloads and drafts that are of no digest of `used` and old enough. Returns
  /// bytes freed. Error: kIo.
  Result<uint64_t> collect(const std::set<BlobDigest>& used, const GarbageAges& ages);

 private:
  Result<BlobDigest> import_link(const std::filesystem::path& file, const FileDescriptor& source,
                                 const Progress& progress, const std::stop_token& stop);
  Result<BlobDigest> import_copy(const std::filesystem::path& file, const FileDescriptor& source,
                                 const Progress& progress, const std::stop_token& stop);

  FolderTree tree_;
};

}  // namespace hearth
