#pragma once

#include "api/call/api_model.h"
#include "api/parameters/generation_parameters.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// The parameters of a response that are of no effect but are repeated in its body, and so must be what
/// OpenAI's document says: `metadata`, `user`, `safety_identifier`, `prompt_cache_key`, `max_tool_calls`, ...
ParameterList echoed_parameters();
void read_echoed(Parameters& parameters);

/// The members of a response's body that repeat its request, in the order of the body: as they were sent, or
/// what holds without them.
Json echo_json(const Json& request, const GenerationParameters& parameters, const ApiModel& model);

}  // namespace hearth::api
