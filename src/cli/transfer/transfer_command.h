#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments/arguments.h"
#include "transfer/pull.h"

namespace hearth::cli {

/// What `hearth pull` and `hearth push` have in common.
struct TransferCommand {
  std::vector<std::string> names;
  bool insecure = false, json = false, quiet = false;
  uint64_t bytes_per_second = 0;
  int num_connections = 4;
  uint64_t chunk_bytes = 0;  ///< 0: as large as is good
};

void add_transfer_options(Arguments& arguments, TransferCommand& command);

/// `pull` or `push` of each name, with its progress shown; Ctrl-C stops it. Errors: the first one.
using Transfer = Status (*)(const PullRequest& request, ModelStore& store, const TransferOptions& options,
                            const OnProgress& progress, std::stop_token stop, const LogSink& log);
Status run_transfers(const TransferCommand& command, Transfer transfer);

}  // namespace hearth::cli
