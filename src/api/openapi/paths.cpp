#include "api/openapi/texts.h"

namespace hearth::api {
namespace {

constexpr std::string_view kPaths = R"json({
"/": {"get": {"summary": "Whether a server is there, in words", "security": [{}],
  "responses": {"200": {"description": "It is", "content": {"text/plain": {"schema": {"type": "string"}}}}}}},
"/health": {"get": {"summary": "Whether the server takes work", "security": [{}],
  "responses": {
    "200": {"description": "It does", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}},
    "503": {"description": "It is about to stop", "content": {"application/json": {"schema": {}}}}}}},
"/metrics": {"get": {"summary": "What is measured, in the Prometheus text format",
  "responses": {"200": {"description": "The metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}}}},
"/openapi.json": {"get": {"summary": "This document", "security": [{}],
  "responses": {"200": {"description": "The document", "content": {"application/json": {"schema": {"type": "object"}}}}}}},
"/docs": {"get": {"summary": "The routes and their parameters, for people", "security": [{}],
  "responses": {"200": {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}}}},
"/v1/models": {"get": {"summary": "The models that are served",
  "description": "With the header anthropic-version the response has the form of Anthropic's API, in pages.",
  "parameters": [{"$ref": "#/components/parameters/AnthropicVersion"},
    {"$ref": "#/components/parameters/ModelLimit"},
    {"name": "after_id", "in": "query", "required": false, "schema": {"$ref": "#/components/schemas/ModelName"}},
    {"name": "before_id", "in": "query", "required": false, "schema": {"$ref": "#/components/schemas/ModelName"}}],
  "responses": {"200": {"description": "A list", "content": {"application/json": {"schema": {"anyOf": [
      {"$ref": "#/components/schemas/ModelList"}, {"$ref": "#/components/schemas/AnthropicModelList"}]}}}},
    "4XX": {"$ref": "#/components/responses/RefusedMessage"}}}},
"/v1/models/{id}": {"get": {"summary": "One model",
  "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/ModelName"}},
    {"$ref": "#/components/parameters/AnthropicVersion"}],
  "responses": {
    "200": {"description": "The model", "content": {"application/json": {"schema": {"anyOf": [
      {"$ref": "#/components/schemas/Model"}, {"$ref": "#/components/schemas/AnthropicModel"}]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/v1/completions": {"post": {"summary": "Carry on prompts",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CompletionRequest"}}}},
  "responses": {
    "200": {"description": "The texts; with stream, chunks of them as server-sent events",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Completion"}},
                  "text/event-stream": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/chat/completions": {"post": {"summary": "Complete a conversation",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChatRequest"}}}},
  "responses": {
    "200": {"description": "The completions; with stream, chunks of them as server-sent events",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChatCompletion"}},
                  "text/event-stream": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/embeddings": {"post": {"summary": "Vectors of texts",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EmbeddingRequest"}}}},
  "responses": {
    "200": {"description": "The vectors", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EmbeddingList"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/rerank": {"post": {"summary": "Put documents in order of their relevance to a query",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RerankRequest"}}}},
  "responses": {
    "200": {"description": "The best documents and their scores", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ranking"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/rerank": {"post": {"summary": "The same as /v1/rerank",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RerankRequest"}}}},
  "responses": {
    "200": {"description": "The best documents and their scores", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ranking"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/score": {"post": {"summary": "Score pairs of texts",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreRequest"}}}},
  "responses": {
    "200": {"description": "The scores", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreList"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/score": {"post": {"summary": "The same as /v1/score",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreRequest"}}}},
  "responses": {
    "200": {"description": "The scores", "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreList"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/responses": {"post": {"summary": "Complete a conversation that the server may store",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ResponseRequest"}}}},
  "responses": {
    "200": {"description": "The response; with stream, its events",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}},
                  "text/event-stream": {"schema": {"type": "string"}}},
      "links": {
        "Get": {"operationId": "getResponse", "parameters": {"id": "$response.body#/id"}},
        "Cancel": {"operationId": "cancelResponse", "parameters": {"id": "$response.body#/id"}},
        "Delete": {"operationId": "deleteResponse", "parameters": {"id": "$response.body#/id"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
"/v1/responses/{id}": {
  "parameters": [{"$ref": "#/components/parameters/ResponseId"}],
  "get": {"operationId": "getResponse", "summary": "A stored response, or one that runs in the background",
    "responses": {
      "200": {"description": "The response", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}}}},
      "4XX": {"$ref": "#/components/responses/Refused"}}},
  "delete": {"operationId": "deleteResponse", "summary": "Forget a response",
    "responses": {
      "200": {"description": "It is forgotten", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Deleted"}}}},
      "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/v1/responses/{id}/cancel": {
  "parameters": [{"$ref": "#/components/parameters/ResponseId"}],
  "post": {"operationId": "cancelResponse", "summary": "Stop a response that runs in the background",
    "responses": {
      "200": {"description": "The response", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}}}},
      "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/v1/messages": {"post": {"summary": "Complete a conversation, as Anthropic's API does",
  "parameters": [{"$ref": "#/components/parameters/StreamGrace"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageRequest"}}}},
  "responses": {
    "200": {"description": "The message; with stream, its events",
      "headers": {"Hearth-Note": {"$ref": "#/components/headers/Note"}, "Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}},
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}},
                  "text/event-stream": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedMessage"}, "529": {"$ref": "#/components/responses/RefusedMessage"}}}},
"/v1/messages/count_tokens": {"post": {"summary": "How many tokens a conversation comes to",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CountTokensRequest"}}}},
  "responses": {
    "200": {"description": "The number",
      "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TokenCount"}}}},
    "4XX": {"$ref": "#/components/responses/RefusedMessage"}}}},
"/v1/streams/{id}": {"get": {"summary": "Carry on reading a stream that broke off",
  "description": "Sends the events after Last-Event-ID again, and then those that follow.",
  "parameters": [
    {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 64},
     "description": "The id of the completion"},
    {"$ref": "#/components/parameters/LastEventId"}],
  "responses": {
    "200": {"description": "The events", "headers": {"Hearth-Stream-Id": {"$ref": "#/components/headers/StreamId"}}, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/tokenize": {"post": {"summary": "The tokens of a text or a conversation",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TokenizeRequest"}}}},
  "responses": {
    "200": {"description": "The tokens", "content": {"application/json": {"schema": {"type": ["object", "array"]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/detokenize": {"post": {"summary": "The text of tokens",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DetokenizeRequest"}}}},
  "responses": {
    "200": {"description": "The text, twice", "content": {"application/json": {"schema": {"type": "object",
      "properties": {"content": {"type": "string"}, "prompt": {"type": "string"}}, "required": ["content", "prompt"]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/apply-template": {"post": {"summary": "The prompt that a conversation becomes",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateRequest"}}}},
  "responses": {
    "200": {"description": "The prompt", "content": {"application/json": {"schema": {"type": "object",
      "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/tokenizer_info": {"get": {"summary": "Special tokens and chat template",
  "parameters": [{"name": "model", "in": "query", "required": false, "schema": {"$ref": "#/components/schemas/ModelName"}}],
  "responses": {
    "200": {"description": "What is known", "content": {"application/json": {"schema": {"type": "object"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/models/running": {"get": {"summary": "The models that are loaded (scope manage)",
  "responses": {
    "200": {"description": "The models", "content": {"application/json": {"schema": {"type": "object",
      "properties": {"models": {"type": "array", "items": {"type": "object"}}}, "required": ["models"]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/models/load": {"post": {"summary": "Load a model (scope manage)",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object",
    "properties": {"model": {"$ref": "#/components/schemas/ModelName"}}}}}},
  "responses": {
    "200": {"description": "The model, loaded", "content": {"application/json": {"schema": {"type": "object"}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}},
"/models/unload": {"post": {"summary": "Unload a model when its requests have ended (scope manage)",
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object",
    "properties": {"model": {"$ref": "#/components/schemas/ModelName"}}}}}},
  "responses": {
    "200": {"description": "Whether it was loaded", "content": {"application/json": {"schema": {"type": "object",
      "properties": {"model": {"type": "string"}, "unloaded": {"type": "boolean"}}, "required": ["model", "unloaded"]}}}},
    "4XX": {"$ref": "#/components/responses/Refused"}}}}
})json";

}  // namespace

std::string_view openapi_paths() { return kPaths; }

}  // namespace hearth::api
