#include "api/openapi/texts.h"

namespace hearth::api {
namespace {

constexpr std::string_view kParameters = R"json({
"model": {
  "model": {"$ref": "#/components/schemas/ModelName"}},
"sampler": {
  "mirostat": {"enum": [0, 2], "description": "2: Mirostat 2 in place of the steps that cut tokens off."},
  "dry_sequence_breakers": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 256}, "maxItems": 64},
  "seed": {"type": ["integer", "null"], "minimum": -9223372036854775808, "maximum": 9223372036854775807,
    "description": "Makes the same text again; -1: any."}},
"common": {
  "logit_bias": {"anyOf": [
    {"type": "object", "maxProperties": 1024, "propertyNames": {"minLength": 1, "maxLength": 256},
      "additionalProperties": {"$ref": "#/components/schemas/Bias"}},
    {"type": "array", "maxItems": 1024, "items": {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [
      {"anyOf": [{"$ref": "#/components/schemas/TokenId"}, {"type": "string", "minLength": 1, "maxLength": 256}]},
      {"$ref": "#/components/schemas/Bias"}]}},
    {"type": "null"}],
    "description": "Added to the logits of tokens, by id or by text; false forbids a token."},
  "stop_token_ids": {"type": "array", "items": {"$ref": "#/components/schemas/TokenId"}, "maxItems": 1024},
  "keep_alive": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?[0-9]{1,6}(ms|s|m|h)?$"}],
    "description": "Accepted for clients that send it: the model stays loaded."},
  "min_tokens": {"type": "integer", "minimum": 0, "maximum": 1073741824,
    "description": "Nothing ends the answer before these; max_tokens does."},
  "ignore_eos": {"type": "boolean", "description": "The end of the turn does not end the answer."},
  "skip_special_tokens": {"type": "boolean", "description": "false: control tokens are spelt out."},
  "priority": {"type": "integer", "minimum": -1000, "maximum": 1000, "description": "Lower goes first, as in vLLM."},
  "cache_salt": {"type": "string", "maxLength": 512, "description": "Computed prefixes are shared only among requests with the same."},
  "num_ctx": {"type": "integer", "minimum": 1, "maximum": 1073741824,
    "description": "Most tokens of prompt and answer, where less than the server's context."},
  "timings": {"type": "boolean", "description": "Adds what took how long."},
  "timings_per_token": {"type": "boolean", "description": "The same as timings."}},
"openai": {
  "max_tokens": {"type": ["integer", "null"], "minimum": -1, "maximum": 1073741824, "description": "-1: as far as the context goes."},
  "max_completion_tokens": {"type": ["integer", "null"], "minimum": -1, "maximum": 1073741824},
  "n_predict": {"type": ["integer", "null"], "minimum": -1, "maximum": 1073741824},
  "stop": {"anyOf": [{"$ref": "#/components/schemas/Stop"}, {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Stop"}}, {"type": "null"}]},
  "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 128, "description": "Answers to each prompt."},
  "n_cmpl": {"type": ["integer", "null"], "minimum": 1, "maximum": 128},
  "stream": {"type": ["boolean", "null"]},
  "stream_options": {"type": ["object", "null"], "additionalProperties": false,
    "properties": {"include_usage": {"type": "boolean"}, "include_obfuscation": {"type": "boolean"}}}},
"template": {
  "add_generation_prompt": {"type": "boolean"},
  "continue_final_message": {"type": "boolean",
    "description": "Carries on the last message, which is the assistant's; not with add_generation_prompt."},
  "chat_template_kwargs": {"type": "object", "maxProperties": 64,
    "propertyNames": {"not": {"anyOf": [{"pattern": "_token$"}, {"enum": ["messages", "conversation", "conversations", "tools", "documents",
      "chat_template", "tokenize", "add_generation_prompt", "padding", "truncation", "max_length", "continue_final_message",
      "return_tensors", "return_dict", "tokenizer_kwargs", "return_assistant_tokens_mask", "range", "dict", "namespace", "cycler",
      "joiner", "lipsum", "raise_exception", "strftime_now"]}]}},
    "description": "Variables of the chat template; its own names cannot be given."}},
"hints": {
  "reasoning_effort": {"$ref": "#/components/schemas/Effort"},
  "reasoning": {"type": ["object", "null"], "additionalProperties": false, "description": "How much the model thinks before it answers.", "properties": {
    "effort": {"$ref": "#/components/schemas/Effort"}, "enabled": {"type": ["boolean", "null"]},
    "max_tokens": {"type": ["integer", "null"], "minimum": -1, "maximum": 1073741824}, "exclude": {"type": ["boolean", "null"]},
    "summary": {"type": ["string", "null"], "maxLength": 64}, "generate_summary": {"type": ["string", "null"], "maxLength": 64},
    "context": {"type": ["string", "null"], "maxLength": 64}, "mode": {"type": ["string", "null"], "maxLength": 64}}},
  "thinking": {"anyOf": [
    {"type": "object", "required": ["type"], "additionalProperties": false, "properties": {
      "type": {"enum": ["disabled", "enabled", "adaptive", "auto"]},
      "budget_tokens": {"type": "integer", "minimum": -1, "maximum": 1073741824}, "display": {}, "keep": {}, "clear_thinking": {}}},
    {"type": ["boolean", "null"]}], "description": "Anthropic's way to say so."},
  "enable_thinking": {"type": ["boolean", "null"]},
  "think": {"anyOf": [{"type": "boolean"}, {"$ref": "#/components/schemas/Effort"}]},
  "include_reasoning": {"type": ["boolean", "null"], "description": "false is refused where the model thinks."},
  "separate_reasoning": {"type": ["boolean", "null"]}, "stream_reasoning": {"type": ["boolean", "null"]},
  "reasoning_control": {"type": ["boolean", "null"]},
  "reasoning_format": {"type": ["string", "null"], "maxLength": 64},
  "reasoning_budget": {"$ref": "#/components/schemas/ThinkingBudget"}, "reasoning_budget_tokens": {"$ref": "#/components/schemas/ThinkingBudget"},
  "thinking_budget": {"$ref": "#/components/schemas/ThinkingBudget"}, "thinking_token_budget": {"$ref": "#/components/schemas/ThinkingBudget"},
  "output_config": {"type": ["object", "null"], "additionalProperties": false, "properties": {
    "effort": {"$ref": "#/components/schemas/Effort"}, "format": {"type": "null", "description": "Structured output comes later."}, "task_budget": {}}},
  "verbosity": {"$ref": "#/components/schemas/Verbosity"},
  "context_management": {"type": ["object", "array", "null"], "description": "Left aside with a note: a conversation that does not fit is refused."}},
"messages": {
  "messages": {"type": "array", "minItems": 1, "maxItems": 16384, "items": {"$ref": "#/components/schemas/ChatMessage"}}},
"anthropic_messages": {
  "messages": {"type": "array", "minItems": 1, "maxItems": 16384, "items": {"$ref": "#/components/schemas/AnthropicMessage"}},
  "system": {"$ref": "#/components/schemas/ChatContent"}}
})json";

}  // namespace

std::string_view openapi_parameters() { return kParameters; }

}  // namespace hearth::api
