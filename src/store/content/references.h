#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string_view>

#include "base/result.h"
#include "store/content/blob_digest.h"
#include "store/content/folder_tree.h"

namespace hearth {

/// What manifests name. Found as texts that are digests, so that one whose form we do not know keeps its
/// blobs.
struct References {
  std::set<BlobDigest> blobs;
  std::set<BlobDigest> manifests;

  void add(std::string_view manifest);
};

/// Calls `visit` with the path of every manifest below `tree`, four folders deep; stops at an error.
Status for_each_manifest(const FolderTree& tree,
                         const std::function<Status(const std::filesystem::path&)>& visit);

/// Of all manifests. Errors: those of reading them: what cannot be read may name anything.
Result<References> read_references(const FolderTree& manifests);

}  // namespace hearth
