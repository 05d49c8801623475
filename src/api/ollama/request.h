#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/ollama/exchange.h"
#include "api/ollama/options.h"
#include "api/parameters/keep_alive.h"
#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// What /api/chat and /api/generate have in common.
ParameterList ollama_generation_parameters();

/// What a body asks to be done with the model itself, whatever it asks of it.
struct OllamaModelWish {
  bool is_idle = false;  ///< there is nothing to answer: the model is loaded, or unloaded
  std::optional<KeepAlive> keep_alive = {};
  bool unloads() const { return is_idle && keep_alive == KeepAlive(0); }
};
/// Of a body of /api/chat or /api/generate, before its model is there. Error: kInvalidArgument for a
/// `keep_alive` that is no duration.
Result<OllamaModelWish> read_model_wish(const Json& body, OllamaCall::Kind kind);

/// A body that is being read. `think` says what the template takes where nothing is said, as Ollama does it.
/// Errors: kInvalidArgument for a model that is to think and cannot.
Status prepare_think(Json& body, const ApiCall& call);

/// Reads what is common: options, form, stream, logprobs.
Status read_ollama_generation(Parameters& parameters, const Json& body, const ApiCall& call, OllamaCall& out,
                              size_t& num_keep);

/// The name by which a body asks for its model.
std::string asked_model(const Json& body, const ApiCall& call);

}  // namespace hearth::api
