#include "api/openapi_texts.h"

namespace hearth {
namespace {

constexpr std::string_view kSchemas = R"json({
"Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["message", "type", "param", "code"],
  "properties": {"message": {"type": "string"}, "type": {"type": "string"}, "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}}},
"AnthropicError": {"type": "object", "required": ["type", "error"], "properties": {"type": {"const": "error"},
  "error": {"type": "object", "required": ["type", "message"], "properties": {"type": {"type": "string"}, "message": {"type": "string"}}},
  "request_id": {"type": "string"}}},
"Health": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
"Deleted": {"type": "object", "required": ["id", "object", "deleted"],
  "properties": {"id": {"type": "string"}, "object": {"const": "response"}, "deleted": {"const": true}}},
"TokenCount": {"type": "object", "required": ["input_tokens"], "properties": {"input_tokens": {"type": "integer"}}},
"Stop": {"type": "string", "minLength": 1, "maxLength": 256},
"TextPart": {"type": "object", "required": ["type", "text"], "additionalProperties": false,
  "properties": {"type": {"const": "text"}, "text": {"type": "string"}, "cache_control": {"type": "object"}}},
"ChatContent": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 4096, "items": {"$ref": "#/components/schemas/TextPart"}}]},
"ToolCall": {"type": "object", "required": ["id", "type", "function"], "additionalProperties": false, "properties": {
  "id": {"type": "string", "maxLength": 128}, "type": {"const": "function"},
  "function": {"type": "object", "required": ["name", "arguments"], "additionalProperties": false,
    "properties": {"name": {"type": "string", "maxLength": 128}, "arguments": {"type": "string"}}}}},
"ChatMessage": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"enum": ["system", "developer", "user"]}, "content": {"$ref": "#/components/schemas/ChatContent"},
    "name": {"type": "string", "maxLength": 128}}},
  {"type": "object", "required": ["role"], "additionalProperties": false, "properties": {
    "role": {"const": "assistant"}, "content": {"anyOf": [{"$ref": "#/components/schemas/ChatContent"}, {"type": "null"}]},
    "name": {"type": "string", "maxLength": 128}, "refusal": {"type": ["string", "null"]},
    "reasoning_content": {"type": ["string", "null"]}, "reasoning": {"type": ["string", "null"]},
    "tool_calls": {"type": "array", "maxItems": 128, "items": {"$ref": "#/components/schemas/ToolCall"}}}},
  {"type": "object", "required": ["role", "content", "tool_call_id"], "additionalProperties": false, "properties": {
    "role": {"const": "tool"}, "content": {"$ref": "#/components/schemas/ChatContent"}, "tool_call_id": {"type": "string", "maxLength": 128}}}]},
"AnthropicMessage": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"enum": ["user", "assistant"]}, "content": {"$ref": "#/components/schemas/ChatContent"}}},
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"const": "user"}, "content": {"type": "array", "maxItems": 4096, "items": {"anyOf": [
      {"$ref": "#/components/schemas/TextPart"},
      {"type": "object", "required": ["type", "tool_use_id"], "additionalProperties": false, "properties": {
        "type": {"const": "tool_result"}, "tool_use_id": {"type": "string", "maxLength": 128},
        "content": {"$ref": "#/components/schemas/ChatContent"}, "is_error": {"type": "boolean"}}}]}}}},
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"const": "assistant"}, "content": {"type": "array", "maxItems": 128, "items": {"anyOf": [
      {"$ref": "#/components/schemas/TextPart"},
      {"type": "object", "required": ["type", "thinking"], "additionalProperties": false, "properties": {
        "type": {"const": "thinking"}, "thinking": {"type": "string"}, "signature": {"type": "string"}}},
      {"type": "object", "required": ["type", "id", "name", "input"], "additionalProperties": false, "properties": {
        "type": {"const": "tool_use"}, "id": {"type": "string", "maxLength": 128}, "name": {"type": "string", "maxLength": 128},
        "input": {"type": "object"}}}]}}}}]},
"InputItem": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "type": {"const": "message"}, "role": {"enum": ["system", "developer", "user", "assistant"]},
    "content": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 4096, "items": {"type": "object", "required": ["type", "text"],
      "additionalProperties": false, "properties": {"type": {"enum": ["input_text", "output_text"]}, "text": {"type": "string"}}}}]},
    "id": {"type": "string"}, "status": {"type": "string"}}},
  {"type": "object", "required": ["type", "call_id", "name", "arguments"], "additionalProperties": false, "properties": {
    "type": {"const": "function_call"}, "call_id": {"type": "string", "maxLength": 128}, "name": {"type": "string", "maxLength": 128},
    "arguments": {"type": "string"}}},
  {"type": "object", "required": ["type", "call_id", "output"], "additionalProperties": false, "properties": {
    "type": {"const": "function_call_output"}, "call_id": {"type": "string", "maxLength": 128}, "output": {"type": "string"}}}]},
"Model": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {
  "id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"}, "owned_by": {"type": "string"},
  "context_length": {"type": "integer"}}},
"ModelList": {"type": "object", "required": ["object", "data"], "properties": {
  "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}},
"Usage": {"type": "object", "required": ["prompt_tokens", "total_tokens"], "properties": {
  "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
  "prompt_tokens_details": {"type": "object", "properties": {"cached_tokens": {"type": "integer"}}}}},
"Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
  "choices": {"type": "array", "items": {"type": "object", "required": ["text", "index", "logprobs", "finish_reason"], "properties": {
    "text": {"type": "string"}, "index": {"type": "integer"}, "logprobs": {"type": ["object", "null"]},
    "finish_reason": {"enum": ["stop", "length"]}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}, "timings": {"type": "object"}}},
"ChatCompletion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
  "choices": {"type": "array", "items": {"type": "object", "required": ["index", "message", "logprobs", "finish_reason"], "properties": {
    "index": {"type": "integer"}, "logprobs": {"type": ["object", "null"]}, "finish_reason": {"enum": ["stop", "length"]},
    "message": {"type": "object", "required": ["role", "content"], "properties": {"role": {"const": "assistant"}, "content": {"type": "string"}}}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}, "timings": {"type": "object"}}},
"EmbeddingList": {"type": "object", "required": ["object", "data", "model", "usage"], "properties": {
  "object": {"const": "list"}, "model": {"type": "string"}, "usage": {"$ref": "#/components/schemas/Usage"},
  "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
    "object": {"const": "embedding"}, "index": {"type": "integer"},
    "embedding": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "string"}]}}}}}},
"Response": {"type": "object", "required": ["id", "object", "created_at", "status", "output", "model"], "properties": {
  "id": {"type": "string"}, "object": {"const": "response"}, "created_at": {"type": "integer"},
  "status": {"enum": ["queued", "in_progress", "completed", "incomplete", "cancelled", "failed"]},
  "error": {"type": ["object", "null"]}, "incomplete_details": {"type": ["object", "null"]},
  "output": {"type": "array", "items": {"type": "object"}}, "usage": {"type": ["object", "null"]}, "model": {"type": "string"}}},
"Message": {"type": "object", "required": ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"], "properties": {
  "id": {"type": "string"}, "type": {"const": "message"}, "role": {"const": "assistant"}, "model": {"type": "string"},
  "content": {"type": "array", "items": {"type": "object"}}, "stop_reason": {"enum": ["end_turn", "max_tokens", "stop_sequence"]},
  "stop_sequence": {"type": ["string", "null"]}, "usage": {"type": "object"}}}
})json";

}  // namespace

std::string_view openapi_schemas() { return kSchemas; }

}  // namespace hearth
