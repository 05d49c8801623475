#pragma once

#include "api/call/api_call.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// POST /tokenize, by the names of llama.cpp (`content`), vLLM (`prompt` or `messages`) and Text Generation
/// Inference (`inputs`); one of them. Errors: kInvalidArgument naming the parameter.
ParameterList tokenize_parameters();
/// Those of which exactly one is required.
std::span<const std::string_view> tokenize_texts();
Result<Json> tokenize_json(const Json& body, const ApiCall& call);

/// POST /detokenize: {"tokens": [...]} to {"content", "prompt"}, which are the same text.
ParameterList detokenize_parameters();
Result<Json> detokenize_json(const Json& body, const ApiCall& call);

/// POST /apply-template: a chat's messages to {"prompt": text}.
ParameterList apply_template_parameters();
Result<Json> apply_template_json(const Json& body, const ApiCall& call);

/// GET /tokenizer_info: the special tokens and the template.
Json tokenizer_info_json(const ApiModel& model);

}  // namespace hearth::api
