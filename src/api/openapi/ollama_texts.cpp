#include "api/openapi/texts.h"

namespace hearth::api {
namespace {

constexpr std::string_view kPaths = R"json({
"/api/version": {"get": {"summary": "The version of Ollama's API that is spoken", "security": [{}],
  "responses": {"200": {"description": "The version", "content": {"application/json": {"schema": {"type": "object",
    "required": ["version"], "properties": {"version": {"type": "string"}}}}}}}}},
"/api/tags": {"get": {"summary": "The models that there are, as Ollama lists them",
  "responses": {"200": {"description": "A list", "content": {"application/json": {"schema": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items": {"type": "object"}}}}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/ps": {"get": {"summary": "The models that are loaded, as Ollama lists them",
  "responses": {"200": {"description": "A list", "content": {"application/json": {"schema": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items": {"type": "object"}}}}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/show": {"post": {"summary": "What is known of a model",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"model": {"type": "string", "maxLength": 1024}, "name": {"type": "string", "maxLength": 1024, "description": "The same as model."}, "verbose": {"type": "boolean", "default": false}}}}}},
  "responses": {"200": {"description": "Its details, metadata, template and capabilities", "content": {"application/json": {"schema": {"type": "object"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/delete": {"delete": {"summary": "Remove a model from the store",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"model": {"type": "string", "maxLength": 1024}, "name": {"type": "string", "maxLength": 1024, "description": "The same as model."}}}}}},
  "responses": {"200": {"description": "It is removed"},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/copy": {"post": {"summary": "Give a model a further name",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["source", "destination"], "properties": {"source": {"type": "string"}, "destination": {"type": "string"}}}}}},
  "responses": {"200": {"description": "It is copied"},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/pull": {"post": {"summary": "Fetch a model into the store",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"model": {"type": "string", "maxLength": 1024}, "name": {"type": "string", "maxLength": 1024, "description": "The same as model."}, "insecure": {"type": "boolean", "default": false}, "stream": {"type": "boolean", "default": true}}}}}},
  "responses": {"200": {"description": "How far it is, in lines; without a stream the last one", "content": {"application/x-ndjson": {"schema": {"type": "string"}}, "application/json": {"schema": {"$ref": "#/components/schemas/OllamaProgress"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/push": {"post": {"summary": "Send a model to its registry",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"model": {"type": "string", "maxLength": 1024}, "name": {"type": "string", "maxLength": 1024, "description": "The same as model."}, "insecure": {"type": "boolean", "default": false}, "stream": {"type": "boolean", "default": true}}}}}},
  "responses": {"200": {"description": "How far it is, in lines; without a stream the last one", "content": {"application/x-ndjson": {"schema": {"type": "string"}}, "application/json": {"schema": {"$ref": "#/components/schemas/OllamaProgress"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/create": {"post": {"summary": "Make a model of another, or of blobs",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {
    "model": {"type": "string", "maxLength": 1024}, "from": {"type": "string", "maxLength": 1024},
    "files": {"type": "object", "additionalProperties": {"type": "string"}}, "adapters": {"type": "object", "additionalProperties": {"type": "string"}},
    "template": {"type": "string"}, "system": {"type": "string"}, "license": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "parameters": {"type": "object"}, "messages": {"type": "array", "items": {"type": "object"}}, "stream": {"type": "boolean", "default": true}}}}}},
  "responses": {"200": {"description": "What is done, in lines; without a stream the last one",
      "content": {"application/x-ndjson": {"schema": {"type": "string"}}, "application/json": {"schema": {"$ref": "#/components/schemas/OllamaProgress"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/blobs/{digest}": {
  "parameters": [{"name": "digest", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^sha256[:-][0-9a-f]{64}$"}}],
  "get": {"summary": "Whether a blob is in the store", "responses": {"200": {"description": "It is"}, "4XX": {"$ref": "#/components/responses/RefusedLine"}}},
  "post": {"summary": "Put a blob into the store", "requestBody": {"required": true, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
    "responses": {"201": {"description": "It is there"}, "4XX": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/chat": {"post": {"summary": "Complete a conversation, as Ollama does",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaChatRequest"}}}},
  "responses": {
    "200": {"description": "The message; streamed, unless stream is false, pieces of it as lines of JSON",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaChat"}},
                  "application/x-ndjson": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}, "503": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/generate": {"post": {"summary": "Answer a prompt, as Ollama does",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaGenerateRequest"}}}},
  "responses": {
    "200": {"description": "The answer; streamed, unless stream is false, pieces of it as lines of JSON",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaGeneration"}},
                  "application/x-ndjson": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}, "503": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/embed": {"post": {"summary": "Vectors of texts, as Ollama makes them",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaEmbedRequest"}}}},
  "responses": {
    "200": {"description": "The vectors, of length 1", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"type": "object", "required": ["model", "embeddings"], "properties": {
        "model": {"type": "string"}, "embeddings": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}}}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}, "503": {"$ref": "#/components/responses/RefusedLine"}}}},
"/api/embeddings": {"post": {"summary": "The vector of a text, as older clients of Ollama ask for it",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OllamaEmbeddingsRequest"}}}},
  "responses": {
    "200": {"description": "The vector, of the length that it has", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"type": "object", "required": ["embedding"], "properties": {
        "embedding": {"type": "array", "items": {"type": "number"}}}}}}},
    "4XX": {"$ref": "#/components/responses/RefusedLine"}, "503": {"$ref": "#/components/responses/RefusedLine"}}}}
})json";

constexpr std::string_view kSchemas = R"json({
"OllamaProgress": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}, "digest": {"type": "string"},
  "total": {"type": "integer"}, "completed": {"type": "integer"}}},
"OllamaError": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
"OllamaMessage": {"anyOf": [
  {"type": "object", "required": ["role"], "properties": {
    "role": {"enum": ["system", "user"]}, "content": {"$ref": "#/components/schemas/ChatContent"},
    "images": {"type": "array", "maxItems": 0, "items": {"type": "string"}}}},
  {"type": "object", "required": ["role"], "properties": {
    "role": {"const": "assistant"}, "content": {"$ref": "#/components/schemas/ChatContent"}, "thinking": {"type": "string"},
    "tool_calls": {"type": "array", "maxItems": 128, "items": {"$ref": "#/components/schemas/OllamaToolCall"}}}},
  {"type": "object", "required": ["role"], "properties": {
    "role": {"const": "tool"}, "content": {"$ref": "#/components/schemas/ChatContent"},
    "tool_name": {"type": "string", "maxLength": 512}, "tool_call_id": {"type": "string", "maxLength": 512}}}]},
"OllamaToolCall": {"type": "object", "required": ["function"], "properties": {
  "id": {"type": "string", "maxLength": 512},
  "function": {"type": "object", "required": ["name"], "properties": {
    "index": {"type": "integer"}, "name": {"type": "string", "maxLength": 512}, "arguments": {"$ref": "#/components/schemas/Arguments"}}}}},
"OllamaEnd": {"type": "object", "required": ["model", "created_at", "done"], "properties": {
  "model": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"}, "done": {"type": "boolean"},
  "done_reason": {"enum": ["stop", "length", "load", "unload"]},
  "total_duration": {"type": "integer"}, "load_duration": {"type": "integer"},
  "prompt_eval_count": {"type": "integer"}, "prompt_eval_cached_count": {"type": "integer"}, "prompt_eval_duration": {"type": "integer"},
  "eval_count": {"type": "integer"}, "eval_duration": {"type": "integer"},
  "truncated": {"const": true}, "dropped_tokens": {"type": "integer"},
  "logprobs": {"type": "array", "items": {"type": "object", "required": ["token", "logprob"], "properties": {
    "token": {"type": "string"}, "logprob": {"type": "number"}, "bytes": {"type": "array", "items": {"type": "integer"}},
    "top_logprobs": {"type": "array", "items": {"type": "object"}}}}}}},
"OllamaChat": {"allOf": [{"$ref": "#/components/schemas/OllamaEnd"}, {"type": "object", "required": ["message"], "properties": {
  "message": {"type": "object", "required": ["role", "content"], "properties": {
    "role": {"const": "assistant"}, "content": {"type": "string"}, "thinking": {"type": "string"},
    "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/OllamaToolCall"}}}}}}]},
"OllamaGeneration": {"allOf": [{"$ref": "#/components/schemas/OllamaEnd"}, {"type": "object", "required": ["response"], "properties": {
  "response": {"type": "string"}, "thinking": {"type": "string"}, "context": {"type": "array", "items": {"type": "integer"}}}}]}
})json";

}  // namespace

std::string_view openapi_ollama_paths() { return kPaths; }
std::string_view openapi_ollama_schemas() { return kSchemas; }

}  // namespace hearth::api
