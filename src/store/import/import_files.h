#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

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

/// Takes a model into the store under its name. Errors: those of `BlobStore::import` and `ModelStore::put`;
/// kCorruptData where a file is not what the model's manifest says.
Status import_files(const FoundFiles& model, ModelStore& store, const ImportOptions& options);

}  // namespace hearth
