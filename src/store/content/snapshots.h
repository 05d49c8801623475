#pragma once

#include <filesystem>
#include <set>

#include "base/result.h"
#include "store/content/blob_digest.h"
#include "store/content/folder_tree.h"
#include "store/content/manifest.h"

namespace hearth {

/// Folders of links that give blobs the names by which the files of a model find each other:
/// `snapshots/HEX/NAME` leads to `blobs/sha256-...`, where HEX is the manifest's digest. They hold nothing of
/// their own, and are made anew where they are not whole. Thread-safe.
class Snapshots {
 public:
  /// `store`: the folder of all.
  explicit Snapshots(const std::filesystem::path& store) : tree_(store) {}

  /// Whether the model's files need their names: those of a folder, and parts of a split GGUF file.
  static bool needs(const Manifest& manifest);
  /// What is opened: the folder, or the first part in it. It is made where it is missing. Errors: kIo,
  /// kNoSpace, kCorruptData.
  Result<std::filesystem::path> open(const Manifest& manifest) const;
  Status remove(const BlobDigest& manifest) const;
  /// Removes those that are of no manifest of `used`, and what a kill has left half made. Error: kIo.
  Status collect(const std::set<BlobDigest>& used, int64_t draft_age_s) const;

 private:
  FolderTree tree_;
};

}  // namespace hearth
