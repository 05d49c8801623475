#pragma once

#include <string>
#include <string_view>

#include "api/call/json.h"
#include "server/http/route.h"
#include "server/models/model_transfers.h"
#include "server/runs/services.h"

// What Ollama's routes about models themselves have in common.

namespace hearth::server {

/// The body. Error: kInvalidArgument where there is none, or it is no JSON object.
Result<api::Json> read_ollama_body(const HttpRequest& request);

/// `model`, or `name` as it was once called. Error: kInvalidArgument where neither is there.
Result<std::string> named_model(const api::Json& body);

/// A name of the store. Error: kInvalidArgument; `what`: "name", "source".
Result<ModelName> parse_model_name(std::string_view text, std::string_view what = "name");

/// "model 'x' not found".
Error model_not_found(std::string_view name);

/// Error: kUnsupported where the server has no store.
Result<ModelStore*> store_of(Services& services);

/// Whether a request wants its progress told: `stream`, true where it is not said. Error: kInvalidArgument.
Result<bool> wants_stream(const api::Json& body);

/// A line of progress: {"status", "digest", "total", "completed"}.
api::Json progress_json(const TransferProgress& progress);

/// A pull or a push, as a job that all who ask for the same share.
Result<Outcome> answer_transfer(std::string_view what, const ModelTransfers::Transfer& transfer,
                                const HttpRequest& request, Services& services);

}  // namespace hearth::server
