#include "store/import/import_files.h"

#include <filesystem>

namespace hearth {
namespace {

Result<Layer> import_file(const FoundFile& file, ModelStore& store, const ImportOptions& options) {
  const auto progress = [&](uint64_t num_bytes) {
    if (options.progress) options.progress(file.path, num_bytes);
  };
  const BlobDigest digest = TRY(store.blobs().import(file.path, options.link, progress, options.stop));
  std::error_code error;
  const uint64_t num_bytes = std::filesystem::file_size(store.blobs().path(digest), error);
  if (error) return fail(ErrorCode::kIo, "cannot read {}: {}", file.path.string(), error.message());
  return Layer{.media_type = file.media_type, .digest = digest, .num_bytes = num_bytes, .name = file.name};
}

}  // namespace

Result<ImportedLayers> import_layers(const FoundFiles& model, ModelStore& store,
                                     const ImportOptions& options) {
  ImportedLayers imported;
  for (const FoundFile& file : model.files) {
    const Layer& layer = imported.layers.emplace_back(TRY(import_file(file, store, options)));
    // Of large models the first file is there long before the manifest.
    imported.claims.push_back(TRY(store.claim({layer.digest})));
    if (!model.manifest) continue;
    const size_t i = imported.layers.size() - 1;
    const Layer& wanted =
        i < model.manifest->layers.size() ? model.manifest->layers[i] : *model.manifest->config;
    if (layer.digest == wanted.digest) continue;
    return fail_hint(ErrorCode::kCorruptData, "pull it anew", "{} is not what its name says",
                     file.path.string());
  }
  return imported;
}

Status import_files(const FoundFiles& model, ModelStore& store, const ImportOptions& options) {
  ImportedLayers imported = TRY(import_layers(model, store, options));
  if (model.manifest) return store.put(model.name, *model.manifest);
  Manifest manifest;
  manifest.layers = std::move(imported.layers);
  manifest.origin = model.origin;
  return store.put(model.name, manifest);
}

}  // namespace hearth
