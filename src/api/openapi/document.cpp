#include "api/openapi/document.h"

#include <algorithm>

#include "api/anthropic/messages.h"
#include "api/anthropic/models.h"
#include "api/call/dialect_table.h"
#include "api/dialects/anthropic.h"
#include "api/ollama/chat.h"
#include "api/ollama/embed.h"
#include "api/ollama/generate.h"
#include "api/ollama/options.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/embeddings.h"
#include "api/openai/rerank.h"
#include "api/openai/responses.h"
#include "api/openai/score.h"
#include "api/openapi/texts.h"
#include "api/parameters/header_parameters.h"
#include "api/parameters/known_parameters.h"
#include "api/tokenize.h"
#include "base/check.h"

namespace hearth::api {
namespace {

/// Our own text: what does not parse is a fault of the program.
Json parsed(std::string_view text) {
  auto json = parse_json(text);
  CHECK(json.has_value());
  return *std::move(json);
}

/// What is taken where it changes nothing, with the values that change nothing.
Json left_aside_json(const KnownParameter& parameter) {
  const bool takes_any = parameter.taken.empty();
  Json schema = json_schema(schema_of(parameter), true);
  schema["description"] = takes_any ? "Left aside." : fmt::format("Else refused: {}.", parameter.why);
  schema[kLeftAside] = true;
  return schema;
}

/// The body of a request: what its reader has in its list, and what every one leaves aside.
Json request_json(const ParameterList& list) {
  Json properties = Json::object(), required = Json::array();
  for (const Parameter* parameter : list.all()) {
    properties[std::string(parameter->name)] = json_schema(*parameter);
    if (parameter->required) required.push_back(parameter->name);
  }
  for (const KnownParameter& parameter : known_parameters()) {
    if (list.find(parameter.name) == nullptr) {
      properties[std::string(parameter.name)] = left_aside_json(parameter);
    }
  }
  Json json = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) json["required"] = std::move(required);
  json["properties"] = std::move(properties);
  return json;
}

/// The same of Ollama's, which take all else too.
Json open_request_json(const ParameterList& list) {
  Json properties = Json::object();
  for (const Parameter* parameter : list.all()) {
    properties[std::string(parameter->name)] = json_schema(*parameter);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

void add_ollama_requests(Json& schemas) {
  schemas["OllamaChatRequest"] = open_request_json(ollama_chat_parameters());
  schemas["OllamaGenerateRequest"] = open_request_json(ollama_generate_parameters());
  schemas["OllamaEmbedRequest"] = open_request_json(ollama_embed_parameters());
  schemas["OllamaEmbeddingsRequest"] = open_request_json(ollama_embeddings_parameters());
  schemas["OllamaOptions"] = open_request_json(ollama_option_parameters());
}

void add_requests(Json& schemas) {
  schemas["CompletionRequest"] = request_json(completion_parameters());
  schemas["ChatRequest"] = request_json(chat_completion_parameters());
  schemas["EmbeddingRequest"] = request_json(embedding_parameters());
  schemas["RerankRequest"] = request_json(rerank_parameters());
  schemas["ScoreRequest"] = request_json(score_parameters());
  schemas["ResponseRequest"] = request_json(response_parameters());
  schemas["MessageRequest"] = request_json(anthropic_message_parameters());
  schemas["CountTokensRequest"] = request_json(anthropic_count_parameters());
  schemas["TokenizeRequest"] = request_json(tokenize_parameters());
  for (const std::string_view text : tokenize_texts()) {
    schemas["TokenizeRequest"]["oneOf"].push_back({{"required", {text}}});
  }
  schemas["DetokenizeRequest"] = request_json(detokenize_parameters());
  schemas["TemplateRequest"] = request_json(apply_template_parameters());
}

Json model_name_schema(std::span<const ModelListing> models) {
  Json names = Json::array();
  for (const ModelListing& model : models) names.push_back(model.id);
  return {{"type", "string"}, {"enum", std::move(names)}, {"description", "A model that is served."}};
}

/// A token of every model that is known.
Json token_id_schema(std::span<const ModelListing> models) {
  size_t vocab_size = SIZE_MAX;
  for (const ModelListing& model : models) {
    if (model.facts) vocab_size = std::min(vocab_size, model.facts->vocab_size);
  }
  Json schema = {{"type", "integer"}, {"minimum", 0}};
  if (vocab_size != SIZE_MAX) schema["maximum"] = vocab_size - 1;
  return schema;
}

Json refused_json(const std::string& schema) {
  const Json body = {{"schema", {{"$ref", "#/components/schemas/" + schema}}}};
  return {{"description", "Refused; the message says why"}, {"content", {{"application/json", body}}}};
}

Json header_json(const Parameter& parameter) {
  return {{"description", parameter.description}, {"schema", json_schema(parameter.schema, false)}};
}

/// Of a query or a header.
Json parameter_json(const Parameter& parameter, const char* place) {
  Json json = {{"name", parameter.name}, {"in", place}, {"required", false}};
  json.update(header_json(parameter));
  return json;
}

/// The headers in which keys come.
Json security_schemes() {
  Json schemes = {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}};
  for (const std::string_view header : DialectTable(all_dialects()).key_headers()) {
    std::string name(header);
    std::ranges::replace(name, '-', '_');
    schemes[name] = {{"type", "apiKey"}, {"in", "header"}, {"name", header}};
  }
  return schemes;
}

Json components(std::span<const ModelListing> models) {
  Json schemas = parsed(openapi_schemas());
  schemas.update(parsed(openapi_ollama_schemas()));
  schemas["ModelName"] = model_name_schema(models);
  schemas["TokenId"] = token_id_schema(models);
  add_requests(schemas);
  add_ollama_requests(schemas);
  return {{"schemas", std::move(schemas)},
          {"parameters",
           {{"ResponseId",
             {{"name", "id"},
              {"in", "path"},
              {"required", true},
              {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 64}}}}},
            {"AnthropicVersion",
             {{"name", dialect_anthropic()->marker_header},
              {"in", "header"},
              {"required", false},
              {"schema", {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}}}},
            {"ModelLimit", parameter_json(kModelLimit, "query")},
            {"StreamGrace", parameter_json(kStreamGrace, "header")},
            {"LastEventId", parameter_json(kLastEventId, "header")}}},
          {"headers", {{"Note", header_json(kNote)}, {"StreamId", header_json(kStreamId)}}},
          {"responses",
           {{"Refused", refused_json("Error")},
            {"RefusedMessage", refused_json("AnthropicError")},
            {"RefusedLine", refused_json("OllamaError")}}},
          {"securitySchemes", security_schemes()}};
}

/// Any of the schemes will do, or none.
Json security() {
  Json any = Json::array({Json::object()});
  for (const auto& scheme : security_schemes().items()) any.push_back({{scheme.key(), Json::array()}});
  return any;
}

}  // namespace

Json openapi_document(std::span<const ModelListing> models) {
  Json paths = parsed(openapi_paths());
  paths.update(parsed(openapi_ollama_paths()));
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Hearth"},
            {"version", "1"},
            {"description", "Text generation on this machine, by the APIs of OpenAI, Anthropic and Ollama."},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"security", security()},
          {"paths", std::move(paths)},
          {"components", components(models)}};
}

}  // namespace hearth::api
