#include "store/content/snapshots.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "base/hex.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "snapshots";
constexpr size_t kSuffixDigits = 12;

struct NamedBlob {
  std::string name;
  BlobDigest digest;
  uint64_t num_bytes = 0;
};

bool is_folder(const Manifest& manifest) { return manifest.find(media_type::kFile) != nullptr; }

/// The files of a folder, or the parts of a split file: under names that say which part is which.
std::vector<NamedBlob> named_blobs(const Manifest& manifest) {
  std::vector<NamedBlob> blobs;
  if (is_folder(manifest)) {
    for (const Layer& layer : manifest.layers) {
      if (!layer.name.empty()) blobs.push_back({layer.name, layer.digest, layer.num_bytes});
    }
    return blobs;
  }
  for (const Layer& layer : manifest.layers) {
    if (layer.media_type == media_type::kModel) blobs.push_back({layer.name, layer.digest, layer.num_bytes});
  }
  const bool has_names = std::ranges::none_of(blobs, &std::string::empty, &NamedBlob::name);
  for (size_t i = 0; i < blobs.size() && !has_names; ++i) {
    blobs[i].name = fmt::format("model-{:05}-of-{:05}.gguf", i + 1, blobs.size());
  }
  return blobs;
}

/// "../../blobs/sha256-...", from as deep as the name is.
fs::path target_of(const NamedBlob& blob) {
  fs::path up = "../..";
  for (size_t i = 0; i < size_t(std::ranges::count(blob.name, '/')); ++i) up /= "..";
  return up / "blobs" / blob.digest.file_name();
}

bool is_whole(const fs::path& folder, const std::vector<NamedBlob>& blobs) {
  return std::ranges::all_of(blobs, [&](const NamedBlob& blob) {
    std::error_code error;
    return fs::read_symlink(folder / blob.name, error) == target_of(blob) && !error;
  });
}

}  // namespace

bool Snapshots::needs(const Manifest& manifest) {
  return is_folder(manifest) ||
         std::ranges::count(manifest.layers, std::string(media_type::kModel), &Layer::media_type) > 1;
}

Result<fs::path> Snapshots::open(const Manifest& manifest) const {
  const fs::path place = fs::path(kFolder) / manifest.digest().hex();
  const std::vector<NamedBlob> blobs = named_blobs(manifest);
  if (blobs.empty()) return fail(ErrorCode::kCorruptData, "the files of the model have no names");
  if (!is_whole(tree_.root() / place, blobs)) {
    const fs::path draft =
        fs::path(kFolder) / fmt::format(".{}.{}", place.filename().string(), random_hex(kSuffixDigits));
    Status made;
    for (const NamedBlob& blob : blobs) {
      if (made) made = tree_.link(draft / blob.name, target_of(blob));
    }
    if (made) made = tree_.remove_all(place);
    if (made) made = tree_.rename(draft, place);
    if (!made) {
      (void)tree_.remove_all(draft);
      // Another process may have been faster.
      if (!is_whole(tree_.root() / place, blobs)) return std::unexpected(made.error());
    }
  }
  const fs::path folder = tree_.root() / place;
  return is_folder(manifest) ? folder : folder / std::ranges::min(blobs, {}, &NamedBlob::name).name;
}

Status Snapshots::remove(const BlobDigest& manifest) const {
  return tree_.remove_all(fs::path(kFolder) / manifest.hex());
}

Status Snapshots::collect(const std::set<BlobDigest>& used, int64_t draft_age_s) const {
  std::set<std::string> names;
  for (const BlobDigest& manifest : used) names.insert(manifest.hex());
  for (const std::string& name : TRY(tree_.list(kFolder, FolderTree::Hidden::kToo))) {
    if (names.contains(name)) continue;
    // A draft may be under way.
    const auto written = tree_.modified_s(fs::path(kFolder) / name);
    if (name.starts_with('.') && (!written || std::time(nullptr) - *written < draft_age_s)) continue;
    TRY(tree_.remove_all(fs::path(kFolder) / name));
  }
  return {};
}

}  // namespace hearth
