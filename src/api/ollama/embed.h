#pragma once

#include <memory>
#include <variant>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// What runs, or the response to a request that asks for nothing but to have the model loaded.
using OllamaEmbedding = std::variant<std::unique_ptr<Exchange>, Json>;

/// The parameters of /api/embed, and the request. Texts that are too long are cut at their end, unless
/// `truncate` is false. Errors: kInvalidArgument naming the parameter, kContextOverflow.
ParameterList ollama_embed_parameters();
Result<OllamaEmbedding> make_ollama_embed(Json body, const ApiCall& call);

/// The same of /api/embeddings, the older form: one text, and a vector that is not brought to length 1.
ParameterList ollama_embeddings_parameters();
Result<OllamaEmbedding> make_ollama_embeddings(Json body, const ApiCall& call);

}  // namespace hearth::api
