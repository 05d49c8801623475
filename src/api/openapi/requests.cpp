#include "api/openapi/texts.h"

namespace hearth::api {
namespace {

constexpr std::string_view kRequests = R"json({
"CompletionRequest": {"use": ["known", "model", "sampler", "common", "openai"], "required": ["prompt"],
  "properties": {
    "prompt": {"anyOf": [
      {"type": "string", "minLength": 1},
      {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"type": "string", "minLength": 1}},
      {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}},
      {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}}}]},
    "suffix": {"type": "null", "description": "A string where the model was trained to fill gaps."},
    "echo": {"type": ["boolean", "null"], "description": "Puts the prompt in front of the text."},
    "logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
    "best_of": {"type": "null", "description": "Where given, the value of n."},
    "parse_special": {"type": "boolean", "description": "The spelling of a control token becomes that token."}}},
"ChatRequest": {"use": ["known", "model", "messages", "sampler", "common", "openai", "template", "hints"], "required": ["messages"],
  "properties": {
    "logprobs": {"type": ["boolean", "null"]},
    "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100, "description": "Needs logprobs."}}},
"EmbeddingRequest": {"use": ["known", "model"], "required": ["input"],
  "properties": {
    "input": {"anyOf": [
      {"type": "string", "minLength": 1},
      {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"type": "string", "minLength": 1}},
      {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}},
      {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/TokenId"}}}]},
    "encoding_format": {"enum": ["float", "base64"]},
    "dimensions": {"type": "null", "description": "Where given, the model's own."}}},
"ResponseRequest": {"use": ["known", "model", "sampler", "common", "template", "hints"], "required": ["input"],
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
    "include": {"type": ["array", "null"], "items": {"enum": ["message.output_text.logprobs", "reasoning.encrypted_content",
      "file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
      "code_interpreter_call.outputs", "computer_call_output.output.image_url"]}},
    "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
    "text": {"type": ["object", "null"], "additionalProperties": false, "properties": {
      "verbosity": {"$ref": "#/components/schemas/Verbosity"},
      "format": {"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"], "additionalProperties": false}}},
    "truncation": {"enum": ["disabled", "auto", null]},
    "max_tool_calls": {"type": ["integer", "null"], "minimum": 1, "maximum": 1073741824},
    "parallel_tool_calls": {"type": ["boolean", "null"]},
    "metadata": {"type": ["object", "null"], "maxProperties": 16, "propertyNames": {"maxLength": 64},
      "additionalProperties": {"type": "string", "maxLength": 512}},
    "user": {"type": ["string", "null"], "maxLength": 512}, "service_tier": {"type": ["string", "null"], "maxLength": 512},
    "safety_identifier": {"type": ["string", "null"], "maxLength": 512}, "prompt_cache_key": {"type": ["string", "null"], "maxLength": 512}}},
"MessageRequest": {"use": ["known", "model", "anthropic_messages", "sampler", "common", "hints"], "required": ["messages", "max_tokens"],
  "properties": {
    "max_tokens": {"type": "integer", "minimum": 1, "maximum": 1073741824},
    "stop_sequences": {"anyOf": [{"$ref": "#/components/schemas/Stop"}, {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Stop"}}]},
    "stream": {"type": "boolean"}}},
"CountTokensRequest": {"use": ["known", "model", "anthropic_messages", "hints"], "required": ["messages"], "properties": {}},
"TokenizeRequest": {"use": ["known", "model"],
  "oneOf": [{"required": ["content"]}, {"required": ["prompt"]}, {"required": ["inputs"]}],
  "properties": {
    "content": {"type": "string", "description": "Without bos; control tokens are parsed."},
    "prompt": {"type": "string", "description": "With bos where the vocabulary asks for it; or give messages, as for a chat."},
    "inputs": {"type": "string", "description": "Answered as a list of tokens with their places."},
    "add_special": {"type": "boolean"}, "add_special_tokens": {"type": "boolean"}, "parse_special": {"type": "boolean"},
    "with_pieces": {"type": "boolean"}, "return_token_strs": {"type": "boolean"}}},
"DetokenizeRequest": {"use": ["known", "model"], "required": ["tokens"],
  "properties": {"tokens": {"type": "array", "items": {"$ref": "#/components/schemas/TokenId"}}}},
"TemplateRequest": {"use": ["known", "model", "messages", "template", "hints"], "required": ["messages"], "properties": {}}
})json";

}  // namespace

std::string_view openapi_requests() { return kRequests; }

}  // namespace hearth::api
