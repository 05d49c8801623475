#pragma once

#include <functional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/import/found_files.h"
#include "store/model_store.h"

namespace hearth {

struct ImportOptions {
  bool link = true;  ///< or else copy
  /// Called with each file and how far it is.
  std::function<void(const std::filesystem::path& file, uint64_t num_bytes)> progress = {};
  std::stop_token stop = {};
};

/// Files that have become blobs. They stay as long as the claims live, though no manifest names them yet.
struct ImportedLayers {
  std::vector<Layer> layers = {};
  std::vector<BlobClaim> claims = {};
};

/// Takes a model's files into the store. Errors: those of `BlobStore::import`; kCorruptData where a file is
/// not what the model's manifest says.
Result<ImportedLayers> import_layers(const FoundFiles& model, ModelStore& store,
                                     const ImportOptions& options);

/// Takes a model into the store under its name. Errors: those of `import_layers` and
/// `ModelStore::put`.
Status import_files(const FoundFiles& model, ModelStore& store, const ImportOptions& options);

}  // namespace hearth
