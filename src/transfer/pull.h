#pragma once

#include <stop_token>

#include "base/log.h"
#include "base/result.h"
#include "store/model_store.h"
#include "transfer/session/transfer_options.h"
#include "transfer/session/transfer_request.h"

namespace hearth {

/// Fetches a model into the store. What a former attempt has fetched is not fetched again. Errors: kNotFound,
/// kInvalidArgument (a name that may not be fetched), kNoSpace before the first byte, kCorruptData naming the
/// file, kIo, kCancelled, kUnsupported (offline).
Status pull(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

/// Sends a model of the store to its registry. Errors: as `pull`.
Status push(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log);

}  // namespace hearth
