#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/content/blob_digest.h"
#include "store/names/model_name.h"

namespace hearth {

/// How far a transfer is. `completed` of a digest never falls.
struct TransferProgress {
  std::string status;  ///< "pulling manifest", "pulling 0123456789ab", "writing manifest", "success"
  std::optional<BlobDigest> digest = {};  ///< of the file that the figures are of
  uint64_t total = 0, completed = 0;      ///< bytes
};
/// Called by the thread that transfers.
using OnProgress = std::function<void(const TransferProgress& progress)>;

/// What is to be fetched or sent.
struct PullRequest {
  ModelName name;
  bool insecure = false;  ///< plain HTTP, and certificates that nobody vouches for
};

}  // namespace hearth
