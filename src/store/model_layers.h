#pragma once

#include "base/result.h"
#include "store/content/blob_store.h"
#include "store/content/snapshots.h"
#include "store/stored_model.h"

namespace hearth {

/// What a manifest is of: where its files lie, and what its small layers say. Errors: kCorruptData where
/// blobs are missing or hold what they may not; kUnsupported where nothing in it is a model's weights; kIo.
Result<StoredModel> read_model_layers(const ModelName& name, const Manifest& manifest, const BlobStore& blobs,
                                      const Snapshots& snapshots);

}  // namespace hearth
