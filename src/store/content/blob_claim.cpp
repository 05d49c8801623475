#include "store/content/blob_claim.h"

#include <string>
#include <utility>

#include <sys/file.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/system_error.h"
#include "store/content/references.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "claims";
constexpr size_t kNameDigits = 16, kMaxClaimSize = size_t(4) << 20;

}  // namespace

Result<BlobClaim> BlobClaim::make(const FolderTree& tree, const std::vector<BlobDigest>& blobs) {
  const fs::path path = fs::path(kFolder) / random_hex(kNameDigits);
  std::string text;
  for (const BlobDigest& blob : blobs) text += blob.text() + "\n";
  TRY(tree.write(path, text));
  FileDescriptor file = TRY(tree.open_lock(path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return system_error(errno, "lock " + path.string());
  return BlobClaim(std::move(file), tree.root() / path);
}

BlobClaim::~BlobClaim() {
  if (file_.is_open()) ::unlink(path_.c_str());
}

Result<std::set<BlobDigest>> BlobClaim::all(const FolderTree& tree) {
  References claimed;
  for (const std::string& name : TRY(tree.list(kFolder))) {
    const FileDescriptor file = TRY(tree.open_lock(fs::path(kFolder) / name));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      (void)tree.remove(fs::path(kFolder) / name);
      continue;
    }
    // It ends while we look, or is there.
    if (const auto text = tree.read(fs::path(kFolder) / name, kMaxClaimSize)) claimed.add(*text);
  }
  return claimed.blobs;
}

}  // namespace hearth
