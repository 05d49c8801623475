#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/content/blob_digest.h"

namespace hearth {

/// Files by their content, below `blobs/` of a store: "sha256-HEX", never changed once they are there.
/// Several processes may use one store. Thread-safe.
class BlobStore {
 public:
  explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path(const BlobDigest& digest) const { return folder_ / digest.file_name(); }
  bool has(const BlobDigest& digest, uint64_t num_bytes) const;

  /// Stores a small text. Errors: kIo, kNoSpace.
  Result<BlobDigest> put(std::string_view content);
  /// Takes a file over: links or copies (reflink where the file system can), hashing what it stores. The file
  /// stays as it is. Errors: kIo, kNoSpace, kCancelled.
  using Progress = std::function<void(uint64_t num_bytes)>;
  Result<BlobDigest> import(const std::filesystem::path& file, bool link, const Progress& progress = {},
                            std::stop_token stop = {});
  /// Makes a finished, verified file of this folder ("sha256-HEX-partial") the blob. Atomic and lasting.
  Status publish(const std::filesystem::path& finished, const BlobDigest& digest);

  Status remove(const BlobDigest& digest);
  std::vector<BlobDigest> list() const;
  /// Reads the blob through. Errors: kCorruptData where it is not what its name says; kNotFound, kIo.
  Status verify(const BlobDigest& digest, const Progress& progress = {}, std::stop_token stop = {}) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace hearth
