#include "api/openapi/texts.h"

namespace hearth::api {
namespace {

constexpr std::string_view kSchemas = R"json({
"Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["message", "type", "param", "code"],
  "properties": {"message": {"type": "string"}, "type": {"type": "string"}, "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}}},
"AnthropicError": {"type": "object", "required": ["type", "error"], "properties": {"type": {"const": "error"},
  "error": {"type": "object", "required": ["type", "message"], "properties": {"type": {"type": "string"}, "message": {"type": "string"}}},
  "request_id": {"type": "string"}}},
"Health": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"},
  "audit": {"type": "object"}, "responses": {"$ref": "#/components/schemas/Keeping"}, "prefix_disk": {"$ref": "#/components/schemas/Keeping"}}},
"Keeping": {"type": "object", "required": ["state"], "properties": {"state": {"type": "string", "enum": ["failing"]}}},
"Deleted": {"type": "object", "required": ["id", "object", "deleted"],
  "properties": {"id": {"type": "string"}, "object": {"const": "response"}, "deleted": {"const": true}}},
"TokenCount": {"type": "object", "required": ["input_tokens"], "properties": {"input_tokens": {"type": "integer"}}},
"TextPart": {"type": "object", "required": ["type", "text"], "additionalProperties": false,
  "properties": {"type": {"const": "text"}, "text": {"type": "string"}, "cache_control": {}}},
"Text": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/TextPart"}]},
"ChatContent": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 4096, "items": {"$ref": "#/components/schemas/Text"}}]},
"Arguments": {"anyOf": [{"type": "string"}, {"type": "object"}]},
"ToolCall": {"type": "object", "required": ["function"], "additionalProperties": false, "properties": {
  "id": {"type": "string", "maxLength": 512}, "type": {"const": "function"},
  "function": {"type": "object", "required": ["name"], "additionalProperties": false,
    "properties": {"name": {"type": "string", "maxLength": 512}, "arguments": {"$ref": "#/components/schemas/Arguments"}}}}},
"ToolName": {"type": "string", "pattern": "^[0-9A-Za-z_.:/-]{1,128}$"},
"ToolParameters": {"type": "object", "description": "A JSON Schema of an object."},
"ToolFunction": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
  "name": {"$ref": "#/components/schemas/ToolName"}, "description": {"type": "string"},
  "parameters": {"$ref": "#/components/schemas/ToolParameters"}, "strict": {"type": "boolean"}}},
"Tool": {"type": "object", "required": ["function"], "additionalProperties": false, "properties": {
  "type": {"const": "function"}, "function": {"$ref": "#/components/schemas/ToolFunction"}, "strict": {"type": "boolean"}}},
"ResponseTool": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
  "type": {"const": "function"}, "name": {"$ref": "#/components/schemas/ToolName"}, "description": {"type": "string"},
  "parameters": {"$ref": "#/components/schemas/ToolParameters"}, "strict": {"type": ["boolean", "null"]}}},
"AnthropicTool": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
  "type": {"const": "custom"}, "name": {"$ref": "#/components/schemas/ToolName"}, "description": {"type": "string"},
  "input_schema": {"$ref": "#/components/schemas/ToolParameters"}, "strict": {"type": "boolean"}, "cache_control": {}}},
"ToolChoice": {"anyOf": [{"enum": ["auto", "none", "required"]},
  {"type": "object", "required": ["function"], "additionalProperties": false, "properties": {"type": {"const": "function"},
    "function": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {"name": {"$ref": "#/components/schemas/ToolName"}}}}},
  {"type": "object", "required": ["type", "name"], "additionalProperties": false, "properties": {"type": {"const": "function"},
    "name": {"$ref": "#/components/schemas/ToolName"}}},
  {"type": "object", "required": ["type", "allowed_tools"], "additionalProperties": false, "properties": {"type": {"const": "allowed_tools"},
    "allowed_tools": {"type": "object", "required": ["tools"], "additionalProperties": false, "properties": {
      "mode": {"enum": ["auto", "required"]}, "tools": {"type": "array", "items": {"type": "object"}}}}}}]},
"FunctionChoice": {"anyOf": [{"enum": ["auto", "none"]}, {"type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {"name": {"$ref": "#/components/schemas/ToolName"}}}]},
"AnthropicToolChoice": {"anyOf": [
  {"type": "object", "required": ["type"], "additionalProperties": false, "properties": {"type": {"enum": ["auto", "any", "none"]},
    "disable_parallel_tool_use": {"type": "boolean"}}},
  {"type": "object", "required": ["type", "name"], "additionalProperties": false, "properties": {"type": {"const": "tool"},
    "name": {"$ref": "#/components/schemas/ToolName"}, "disable_parallel_tool_use": {"type": "boolean"}}}]},
"ChatMessage": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"enum": ["system", "developer", "user"]}, "content": {"$ref": "#/components/schemas/ChatContent"},
    "name": {"type": "string", "maxLength": 512}}},
  {"type": "object", "required": ["role"], "additionalProperties": false, "properties": {
    "role": {"const": "assistant"}, "content": {"anyOf": [{"$ref": "#/components/schemas/ChatContent"}, {"type": "null"}]},
    "name": {"type": "string", "maxLength": 512}, "refusal": {"type": ["string", "null"]},
    "reasoning_content": {"type": ["string", "null"]}, "reasoning": {"type": ["string", "null"]},
    "tool_calls": {"type": "array", "maxItems": 128, "items": {"$ref": "#/components/schemas/ToolCall"}}}},
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"const": "tool"}, "content": {"$ref": "#/components/schemas/ChatContent"}, "tool_call_id": {"type": "string", "maxLength": 512}}}]},
"AnthropicMessage": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"enum": ["user", "assistant", "system", "developer"]}, "content": {"anyOf": [{"type": "string"},
      {"type": "array", "maxItems": 4096, "items": {"$ref": "#/components/schemas/TextPart"}}]}}},
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"const": "user"}, "content": {"type": "array", "maxItems": 4096, "items": {"anyOf": [
      {"$ref": "#/components/schemas/TextPart"},
      {"type": "object", "required": ["type", "tool_use_id"], "additionalProperties": false, "properties": {
        "type": {"const": "tool_result"}, "tool_use_id": {"type": "string", "maxLength": 512},
        "content": {"$ref": "#/components/schemas/ChatContent"}, "is_error": {"type": "boolean"}}}]}}}},
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "role": {"const": "assistant"}, "content": {"type": "array", "maxItems": 128, "items": {"anyOf": [
      {"$ref": "#/components/schemas/TextPart"},
      {"type": "object", "required": ["type"], "additionalProperties": false, "properties": {
        "type": {"const": "thinking"}, "thinking": {"type": "string"}, "signature": {}}},
      {"type": "object", "required": ["type", "id", "name"], "additionalProperties": false, "properties": {
        "type": {"const": "tool_use"}, "id": {"type": "string", "maxLength": 512}, "name": {"type": "string", "maxLength": 512},
        "input": {"$ref": "#/components/schemas/Arguments"}}}]}}}}]},
"InputItem": {"anyOf": [
  {"type": "object", "required": ["role", "content"], "additionalProperties": false, "properties": {
    "type": {"const": "message"}, "role": {"enum": ["system", "developer", "user", "assistant"]},
    "content": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 4096, "items": {"anyOf": [{"type": "string"}, {"type": "object",
      "required": ["type", "text"], "additionalProperties": false,
      "properties": {"type": {"enum": ["input_text", "output_text", "text"]}, "text": {"type": "string"}}}]}}]},
    "id": {}, "status": {}}},
  {"type": "object", "required": ["type", "call_id", "name"], "additionalProperties": false, "properties": {
    "type": {"const": "function_call"}, "call_id": {"type": "string"}, "name": {"type": "string"},
    "arguments": {"$ref": "#/components/schemas/Arguments"}}},
  {"type": "object", "required": ["type", "call_id", "output"], "additionalProperties": false, "properties": {
    "type": {"const": "function_call_output"}, "call_id": {"type": "string"}, "output": {"$ref": "#/components/schemas/ChatContent"}}}]},
"Model": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {
  "id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"}, "owned_by": {"type": "string"},
  "context_length": {"type": "integer"},
  "capabilities": {"type": "array", "items": {"enum": ["completion", "embedding", "rerank"]}}}},
"AnthropicModel": {"type": "object", "required": ["type", "id", "display_name", "created_at", "lifecycle"], "properties": {
  "type": {"const": "model"}, "id": {"type": "string"}, "display_name": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"},
  "lifecycle": {"const": "active"}, "max_input_tokens": {"type": "integer"}, "max_tokens": {"type": "integer"}}},
"AnthropicModelList": {"type": "object", "required": ["data", "has_more", "first_id", "last_id"], "properties": {
  "data": {"type": "array", "items": {"$ref": "#/components/schemas/AnthropicModel"}}, "has_more": {"type": "boolean"},
  "first_id": {"type": ["string", "null"]}, "last_id": {"type": ["string", "null"]}}},
"ModelList": {"type": "object", "required": ["object", "data"], "properties": {
  "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}},
"Usage": {"type": "object", "required": ["prompt_tokens", "total_tokens"], "properties": {
  "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
  "prompt_tokens_details": {"type": "object", "properties": {"cached_tokens": {"type": "integer"}}}}},
"Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
  "system_fingerprint": {"type": ["string", "null"]},
  "choices": {"type": "array", "items": {"type": "object", "required": ["text", "index", "logprobs", "finish_reason"], "properties": {
    "text": {"type": "string"}, "index": {"type": "integer"}, "logprobs": {"type": ["object", "null"]},
    "finish_reason": {"enum": ["stop", "length"]}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}, "timings": {"type": "object"}}},
"ChatCompletion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
  "system_fingerprint": {"type": ["string", "null"]},
  "choices": {"type": "array", "items": {"type": "object", "required": ["index", "message", "logprobs", "finish_reason"], "properties": {
    "index": {"type": "integer"}, "logprobs": {"type": ["object", "null"]}, "finish_reason": {"enum": ["stop", "length", "tool_calls"]},
    "message": {"type": "object", "required": ["role", "content"], "properties": {"role": {"const": "assistant"}, "content": {"type": ["string", "null"]},
      "reasoning_content": {"type": "string"}, "reasoning": {"type": "string"}, "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}}}}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}, "timings": {"type": "object"}}},
"Ranking": {"type": "object", "required": ["id", "model", "results", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "list"}, "model": {"type": "string"}, "usage": {"type": "object"},
  "results": {"type": "array", "items": {"type": "object", "required": ["index", "relevance_score"], "properties": {
    "index": {"type": "integer"}, "relevance_score": {"type": "number"},
    "document": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    "truncated": {"const": true}}}}}},
"ScoreList": {"type": "object", "required": ["id", "object", "data", "model", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "list"}, "created": {"type": "integer"}, "model": {"type": "string"},
  "usage": {"type": "object"},
  "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "score"], "properties": {
    "object": {"const": "score"}, "index": {"type": "integer"}, "score": {"type": "number"},
    "truncated": {"const": true}}}}}},
"EmbeddingList": {"type": "object", "required": ["object", "data", "model", "usage"], "properties": {
  "object": {"const": "list"}, "model": {"type": "string"}, "usage": {"$ref": "#/components/schemas/Usage"},
  "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
    "object": {"const": "embedding"}, "index": {"type": "integer"},
    "embedding": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "string"}]},
    "truncated": {"const": true}}}}}},
"Response": {"type": "object", "required": ["id", "object", "created_at", "completed_at", "status", "error", "incomplete_details",
    "output", "usage", "background", "frequency_penalty", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "model",
    "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt_cache_key", "reasoning", "safety_identifier",
    "service_tier", "store", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user"],
  "additionalProperties": false, "properties": {
  "id": {"type": "string"}, "object": {"const": "response"}, "created_at": {"type": "integer"}, "completed_at": {"type": ["integer", "null"]},
  "status": {"enum": ["queued", "in_progress", "completed", "incomplete", "cancelled", "failed"]},
  "error": {"anyOf": [{"type": "null"}, {"type": "object", "required": ["code", "message"], "properties": {
    "code": {"type": "string"}, "message": {"type": "string"}}}]},
  "incomplete_details": {"anyOf": [{"type": "null"}, {"type": "object", "required": ["reason"], "properties": {
    "reason": {"const": "max_output_tokens"}}}]},
  "output": {"type": "array", "items": {"anyOf": [{"type": "object", "required": ["id", "type", "status", "role", "content"], "properties": {
    "id": {"type": "string"}, "type": {"const": "message"}, "status": {"enum": ["in_progress", "completed", "incomplete"]},
    "role": {"const": "assistant"}, "content": {"type": "array", "items": {"type": "object",
      "required": ["type", "text", "annotations", "logprobs"], "properties": {"type": {"const": "output_text"}, "text": {"type": "string"},
        "annotations": {"type": "array"}, "logprobs": {"type": "array"}}}}}},
    {"type": "object", "required": ["id", "type", "status", "summary", "content"], "properties": {
    "id": {"type": "string"}, "type": {"const": "reasoning"}, "status": {"enum": ["in_progress", "completed", "incomplete"]},
    "summary": {"type": "array"}, "content": {"type": "array", "items": {"type": "object", "required": ["type", "text"], "properties": {
      "type": {"const": "reasoning_text"}, "text": {"type": "string"}}}}}},
    {"type": "object", "required": ["id", "type", "status", "call_id", "name", "arguments"], "properties": {
    "id": {"type": "string"}, "type": {"const": "function_call"}, "status": {"enum": ["in_progress", "completed", "incomplete"]},
    "call_id": {"type": "string"}, "name": {"type": "string"}, "arguments": {"type": "string"}}}]}},
  "usage": {"anyOf": [{"type": "null"}, {"type": "object",
    "required": ["input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"], "properties": {
      "input_tokens": {"type": "integer"}, "output_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
      "input_tokens_details": {"type": "object", "required": ["cached_tokens", "cache_write_tokens"], "properties": {
        "cached_tokens": {"type": "integer"}, "cache_write_tokens": {"type": "integer"}}},
      "output_tokens_details": {"type": "object", "required": ["reasoning_tokens"], "properties": {"reasoning_tokens": {"type": "integer"}}}}}]},
  "background": {"type": "boolean"}, "instructions": {"type": ["string", "null"]}, "max_output_tokens": {"type": ["integer", "null"]},
  "max_tool_calls": {"type": ["integer", "null"]}, "metadata": {"type": "object"}, "model": {"type": "string"},
  "parallel_tool_calls": {"type": "boolean"}, "presence_penalty": {"type": "number"}, "frequency_penalty": {"type": "number"},
  "previous_response_id": {"type": ["string", "null"]}, "prompt_cache_key": {"type": ["string", "null"]},
  "reasoning": {"type": "object", "required": ["effort", "summary"]}, "safety_identifier": {"type": ["string", "null"]},
  "service_tier": {"const": "default"}, "store": {"type": "boolean"}, "temperature": {"type": "number"},
  "text": {"type": "object", "required": ["format", "verbosity"]}, "tool_choice": {"type": ["string", "object"]},
  "tools": {"type": "array", "maxItems": 128}, "top_logprobs": {"type": "integer"}, "top_p": {"type": "number"},
  "truncation": {"enum": ["disabled", "auto"]}, "user": {"type": ["string", "null"]}}},
"Message": {"type": "object", "required": ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"], "properties": {
  "id": {"type": "string"}, "type": {"const": "message"}, "role": {"const": "assistant"}, "model": {"type": "string"},
  "content": {"type": "array", "items": {"type": "object"}}, "stop_reason": {"enum": ["end_turn", "max_tokens", "stop_sequence", "tool_use"]},
  "stop_sequence": {"type": ["string", "null"]}, "usage": {"type": "object"}}}
})json";

}  // namespace

std::string_view openapi_schemas() { return kSchemas; }

}  // namespace hearth::api
