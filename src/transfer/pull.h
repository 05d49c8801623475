#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/model_store.h"

namespace hearth {

/// How far a transfer is. `completed` of a digest never falls.
struct TransferProgress {
  std::string status;  ///< "pulling manifest", "pulling 0123456789ab", "verifying sha256 digest", ...
  std::optional<BlobDigest> digest = {};  ///< of the file that the figures are of
  uint64_t total = 0, completed = 0;      ///< bytes
};
/// Called by threads of the transfer, one at a time.
using OnProgress = std::function<void(const TransferProgress& progress)>;

/// What transfers may do; one for a process.
struct TransferOptions {
  int num_connections = 4;                              ///< of one file
  uint64_t bytes_per_second = 0;                        ///< 0: no limit
  bool offline = false;                                 ///< HEARTH_OFFLINE: no connection is opened
  bool allow_private_hosts = false;                     ///< loopback, link-local and private addresses
  std::string hub_endpoint = "https://huggingface.co";  ///< HF_ENDPOINT
  std::string hub_token = {};                           ///< HF_TOKEN, or the hub's own file
};

/// Fetches a model into the store. What a former attempt has fetched is not fetched again. Errors: kNotFound,
/// kInvalidArgument (a name that may not be fetched), kNoSpace before the first byte, kCorruptData naming the
/// file, kIo, kCancelled, kUnsupported (offline).
struct PullRequest {
  ModelName name;
  bool insecure = false;  ///< plain HTTP, and certificates that nobody vouches for
};
Status pull(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

/// Sends a model of the store to its registry. Errors: as `pull`.
Status push(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

}  // namespace hearth
