#pragma once

#include <string_view>

#include "api/ollama/embed.h"
#include "api/ollama/request.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {

/// begin_call() with Ollama's errors: kInvalidArgument without a body or a model's name, kNotFound for a
/// model that is not there.
Result<BegunCall> begin_ollama_call(const HttpRequest& request, const Caller& caller, Services& services);

/// A request of /api/chat or /api/generate: runs what `make` makes of it, or only loads or unloads the model.
using MakeOllamaExchange = Result<std::unique_ptr<api::Exchange>> (*)(api::Json body,
                                                                      const api::ApiCall& call);
Result<Outcome> answer_ollama(api::OllamaCall::Kind kind, MakeOllamaExchange make, const HttpRequest& request,
                              const Caller& caller, Services& services);

/// The same of /api/embed and /api/embeddings.
using MakeOllamaEmbedding = Result<api::OllamaEmbedding> (*)(api::Json body, const api::ApiCall& call);
Result<Outcome> answer_ollama_embedding(MakeOllamaEmbedding make, const HttpRequest& request,
                                        const Caller& caller, Services& services);

}  // namespace hearth::server
