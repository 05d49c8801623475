#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "store/content/blob_digest.h"
#include "store/content/folder_tree.h"

namespace hearth {

/// Keeps blobs, and what is fetched of them, from being collected while a model is put together that no
/// manifest names yet. Movable. A process that dies drops its claims: each is a locked file.
class BlobClaim {
 public:
  /// `tree`: of the store. To be called by who holds the store's lock. Errors: kIo, kNoSpace.
  static Result<BlobClaim> make(const FolderTree& tree, const std::vector<BlobDigest>& blobs);
  /// What living claims are of; those of the dead are removed. As `make`.
  static Result<std::set<BlobDigest>> all(const FolderTree& tree);

  BlobClaim(BlobClaim&& other) noexcept = default;
  BlobClaim& operator=(BlobClaim&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(path_, other.path_);
    return *this;
  }
  ~BlobClaim();

 private:
  BlobClaim(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::filesystem::path path_;
};

}  // namespace hearth
