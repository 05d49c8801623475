#include "api/openapi_texts.h"

namespace hearth {
namespace {

constexpr std::string_view kRequests = R"json({
"CompletionRequest": {"use": ["model", "sampler", "common", "openai", "harmless", "planned", "planned_format"], "required": ["prompt"],
  "properties": {
    "prompt": {"anyOf": [
      {"type": "string", "minLength": 1},
      {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
      {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}},
      {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}}}]},
    "suffix": {"type": "null", "description": "A string where the model was trained to fill gaps."},
    "echo": {"type": ["boolean", "null"], "description": "Puts the prompt in front of the text."},
    "logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
    "best_of": {"type": "null", "description": "Where given, the value of n."},
    "parse_special": {"type": "boolean", "description": "The spelling of a control token becomes that token."}}},
"ChatRequest": {"use": ["model", "messages", "sampler", "common", "openai", "harmless", "planned", "planned_format", "template"], "required": ["messages"],
  "properties": {
    "logprobs": {"type": ["boolean", "null"]},
    "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100, "description": "Needs logprobs."},
    "modalities": {"const": ["text"]},
    "functions": {"type": "array", "maxItems": 0},
    "function_call": {"enum": ["none"]}}},
"EmbeddingRequest": {"use": ["model"], "required": ["input"],
  "properties": {
    "input": {"anyOf": [
      {"type": "string", "minLength": 1},
      {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
      {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}},
      {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}}}]},
    "encoding_format": {"enum": ["float", "base64"]},
    "dimensions": {"type": "null", "description": "Where given, the model's own."},
    "user": {"type": "string"}}},
"ResponseRequest": {"use": ["model", "sampler", "common", "planned"], "required": ["input"],
  "properties": {
    "input": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "maxItems": 16384, "items": {"$ref": "#/components/schemas/InputItem"}}]},
    "instructions": {"type": ["string", "null"]},
    "max_output_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1073741824},
    "stop": {"anyOf": [{"$ref": "#/components/schemas/Stop"}, {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Stop"}}]},
    "stream": {"type": ["boolean", "null"], "description": "Not with background."},
    "stream_options": {"type": ["object", "null"], "additionalProperties": false, "properties": {"include_obfuscation": {"type": "boolean"}}},
    "store": {"type": ["boolean", "null"], "description": "Whether it can be asked for later; true unless said."},
    "background": {"type": ["boolean", "null"], "description": "Answers at once, and runs on. Needs store."},
    "previous_response_id": {"type": ["string", "null"], "maxLength": 512},
    "include": {"type": ["array", "null"], "items": {"enum": ["message.output_text.logprobs", "reasoning.encrypted_content"]}},
    "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
    "text": {"type": "object", "additionalProperties": false, "properties": {
      "verbosity": {"enum": ["medium"]},
      "format": {"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"], "additionalProperties": false}}},
    "reasoning": {"type": ["object", "null"], "additionalProperties": false,
      "properties": {"effort": {"enum": ["none", null]}, "summary": {"enum": ["auto", null]}}},
    "truncation": {"enum": ["disabled", null]},
    "max_tool_calls": {"type": ["integer", "null"], "minimum": 1, "maximum": 1073741824},
    "parallel_tool_calls": {"type": ["boolean", "null"]},
    "metadata": {"type": ["object", "null"]}, "user": {"type": "string"}, "service_tier": {"type": "string"},
    "safety_identifier": {"type": "string"}, "prompt_cache_key": {"type": "string"}}},
"MessageRequest": {"use": ["model", "anthropic_messages", "sampler", "common", "planned"], "required": ["messages", "max_tokens"],
  "properties": {
    "max_tokens": {"type": "integer", "minimum": 1, "maximum": 1073741824},
    "stop_sequences": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Stop"}},
    "stream": {"type": "boolean"},
    "tool_choice": {"type": "object", "properties": {"type": {"const": "none"}}, "required": ["type"], "additionalProperties": false},
    "metadata": {"type": "object"}, "service_tier": {"type": "string"}}},
"CountTokensRequest": {"use": ["model", "anthropic_messages", "planned"], "required": ["messages"], "properties": {
    "tool_choice": {"type": "object", "properties": {"type": {"const": "none"}}, "required": ["type"], "additionalProperties": false}}},
"TokenizeRequest": {"use": ["model"],
  "oneOf": [{"required": ["content"]}, {"required": ["prompt"]}, {"required": ["inputs"]}],
  "properties": {
    "content": {"type": "string", "description": "Without bos; control tokens are parsed."},
    "prompt": {"type": "string", "description": "With bos where the vocabulary asks for it; or give messages, as for a chat."},
    "inputs": {"type": "string", "description": "Answered as a list of tokens with their places."},
    "add_special": {"type": "boolean"}, "add_special_tokens": {"type": "boolean"}, "parse_special": {"type": "boolean"},
    "with_pieces": {"type": "boolean"}, "return_token_strs": {"type": "boolean"}}},
"DetokenizeRequest": {"use": ["model"], "required": ["tokens"],
  "properties": {"tokens": {"type": "array", "items": {"$ref": "#/components/schemas/TokenId"}}}},
"TemplateRequest": {"use": ["model", "messages", "template", "planned", "planned_format"], "required": ["messages"], "properties": {}}
})json";

}  // namespace

std::string_view openapi_requests() { return kRequests; }

}  // namespace hearth
