#pragma once

#include "api/call/api_call.h"
#include "api/call/json.h"

namespace hearth::api {

/// POST /tokenize, by the names of llama.cpp (`content`), vLLM (`prompt` or `messages`) and Text Generation
/// Inference (`inputs`). Errors: kInvalidArgument naming the parameter.
Result<Json> tokenize_json(const Json& body, const ApiCall& call);

/// POST /detokenize: {"tokens": [...]} to {"content", "prompt"}, which are the same text.
Result<Json> detokenize_json(const Json& body, const ApiCall& call);

/// POST /apply-template: a chat's messages to {"prompt": text}.
Result<Json> apply_template_json(const Json& body, const ApiCall& call);

/// GET /tokenizer_info: the special tokens and the template.
Json tokenizer_info_json(const ApiModel& model);

}  // namespace hearth::api
