#include "store/content/references.h"

#include <span>

#include "base/sha256.h"
#include "store/content/manifest.h"

namespace hearth {
namespace {

constexpr std::string_view kAlgorithm = "sha256";
constexpr size_t kDigestSize = kAlgorithm.size() + 1 + 64;
constexpr int kDepth = 4;

Status visit_below(const FolderTree& tree, const std::filesystem::path& folder, int depth,
                   const std::function<Status(const std::filesystem::path&)>& visit) {
  const auto names = tree.list(folder);
  // What is no folder is no manifest's.
  if (!names && names.error().code == ErrorCode::kInvalidArgument) return {};
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    TRY(depth == kDepth ? visit(folder / name) : visit_below(tree, folder / name, depth + 1, visit));
  }
  return {};
}

}  // namespace

void References::add(std::string_view manifest) {
  manifests.insert(BlobDigest(sha256(std::as_bytes(std::span(manifest)))));
  for (size_t at = manifest.find(kAlgorithm); at != std::string_view::npos;
       at = manifest.find(kAlgorithm, at + 1)) {
    if (const auto digest = BlobDigest::parse(manifest.substr(at, kDigestSize))) blobs.insert(*digest);
  }
}

Status for_each_manifest(const FolderTree& tree,
                         const std::function<Status(const std::filesystem::path&)>& visit) {
  return visit_below(tree, {}, 1, visit);
}

Result<References> read_references(const FolderTree& manifests) {
  References references;
  TRY(for_each_manifest(manifests, [&](const std::filesystem::path& path) -> Status {
    const auto text = manifests.read(path, kMaxManifestSize);
    // What is no file, or too large, was never a manifest.
    if (text) {
      references.add(*text);
    } else if (text.error().code == ErrorCode::kIo) {
      return std::unexpected(text.error());
    }
    return {};
  }));
  return references;
}

}  // namespace hearth
