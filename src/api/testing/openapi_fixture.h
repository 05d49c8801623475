#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "api/anthropic/messages.h"
#include "api/ollama/chat.h"
#include "api/ollama/embed.h"
#include "api/ollama/generate.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/embeddings.h"
#include "api/openai/rerank.h"
#include "api/openai/responses.h"
#include "api/openai/score.h"
#include "api/openapi/document.h"
#include "api/parameters/form_parameters.h"
#include "api/prompt/chat_prompt.h"
#include "api/testing/api_fixture.h"
#include "api/tokenize.h"

namespace hearth::testing {

/// The OpenAPI document of the fixture's model, and what reads the requests that it describes.
class OpenApiFixture : public ApiFixture {
 public:
  OpenApiFixture() : document(api::openapi_document(std::vector{api::listing_of(model)})) {}

  api::Json resolved(const api::Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    const auto path = schema["$ref"].get<std::string>();
    return resolved(document.at(api::Json::json_pointer(path.substr(1))));
  }

  /// A value that the schema allows.
  api::Json example(const api::Json& unresolved) const {
    const api::Json schema = resolved(unresolved);
    if (schema.contains("const")) return schema["const"];
    if (schema.contains("enum")) return schema["enum"][0];
    if (schema.contains("anyOf")) return example(schema["anyOf"][0]);
    if (!schema.contains("type")) return "hello";
    const api::Json& type = schema["type"];
    const std::string name = type.is_array() ? type[0] : type;
    if (name == "string") return schema.contains("pattern") ? "5" : "hello";
    if (name == "boolean") return true;
    if (name == "integer" || name == "number")
      return std::max<int64_t>(1, schema.value("minimum", api::Json(1)));
    if (name == "array") return example_array(schema);
    if (name != "object") return nullptr;
    api::Json object = api::Json::object();
    for (const api::Json& member : schema.value("required", api::Json::array())) {
      object[member.get<std::string>()] = example(schema["properties"][member.get<std::string>()]);
    }
    return object;
  }

  /// A body of this request that is taken.
  api::Json minimal(const std::string& request) const {
    api::Json body = example(document["components"]["schemas"][request]);
    if (request == "TokenizeRequest") body["content"] = "hello";
    if (request == "OllamaChatRequest") body["messages"] = json_of(R"([{"role": "user"}])");
    if (request == "OllamaGenerateRequest") body["prompt"] = "hello";
    return body;
  }

  /// The body with one parameter more, and what that one needs or cannot stand beside it.
  static api::Json with(api::Json body, const std::string& request, const std::string& parameter,
                        const api::Json& value) {
    if (request == "TokenizeRequest") {
      const bool is_of_template = api::template_parameters().find(parameter) != nullptr;
      if (is_of_template) body["messages"] = api::Json::array({{{"role", "user"}, {"content", "hello"}}});
      const bool is_text = std::ranges::find(api::tokenize_texts(), parameter) != api::tokenize_texts().end();
      if (is_text || is_of_template) body.erase("content");
    }
    if (parameter == "top_logprobs" && request == "ChatRequest") body["logprobs"] = true;
    if (parameter == "text_1" && value.is_array()) body["text_2"] = value;
    body[parameter] = value;
    return body;
  }

  /// What must agree with the model or with another parameter, as its description says.
  static bool may_be_refused(std::string_view parameter) {
    // Whether a grammar can be compiled, its text alone says.
    const bool has_form = parameter == "output_config" || parameter == "text";
    if (has_form || api::form_parameters().find(parameter) != nullptr) return true;
    // Tools have different names, and a choice is one of theirs.
    for (const std::string_view name : {"tools", "functions", "tool_choice", "function_call"}) {
      if (parameter == name) return true;
    }
    if (parameter == "template" || parameter == "images") return true;
    return parameter == "suffix" || parameter == "best_of" || parameter == "dimensions" ||
           parameter == "prompt_name" || parameter == "truncate_prompt_tokens";
  }

  Status parse(const std::string& request, const api::Json& body) {
    const auto as_status = [](const auto& result) -> Status {
      if (!result) return std::unexpected(result.error());
      return {};
    };
    if (request == "CompletionRequest") return as_status(api::make_completion(body, call));
    if (request == "ChatRequest") return as_status(api::make_chat_completion(body, call));
    if (request == "EmbeddingRequest") return as_status(api::make_embedding(body, call));
    if (request == "RerankRequest") return as_status(api::make_rerank(body, call));
    if (request == "ScoreRequest") return as_status(api::make_score(body, call));
    if (request == "ResponseRequest") {
      return as_status(
          api::make_response(body, call, {.recall = [](auto&) { return api::Json::array(); }, .keep = {}}));
    }
    if (request.starts_with("Ollama")) {
      // One that cannot think refuses to.
      api::ApiModel thinking = model;
      thinking.reasoning.end = "</think>";
      api::ApiCall of_thinking = call;
      of_thinking.model = &thinking;
      if (request == "OllamaChatRequest") return as_status(api::make_ollama_chat(body, of_thinking));
      if (request == "OllamaGenerateRequest") return as_status(api::make_ollama_generate(body, of_thinking));
      if (request == "OllamaEmbedRequest") return as_status(api::make_ollama_embed(body, of_thinking));
      if (request == "OllamaEmbeddingsRequest")
        return as_status(api::make_ollama_embeddings(body, of_thinking));
    }
    if (request == "MessageRequest") return as_status(api::make_anthropic_message(body, call));
    if (request == "CountTokensRequest") return as_status(api::count_anthropic_tokens(body, call));
    if (request == "TokenizeRequest") return as_status(api::tokenize_json(body, call));
    if (request == "DetokenizeRequest") return as_status(api::detokenize_json(body, call));
    if (request == "TemplateRequest") return as_status(api::apply_template_json(body, call));
    ADD_FAILURE() << "no parser for " << request;
    return {};
  }

  api::Json document;

 private:
  api::Json example_array(const api::Json& schema) const {
    api::Json array = api::Json::array();
    if (schema.contains("prefixItems")) {
      for (const api::Json& item : schema["prefixItems"]) array.push_back(example(item));
    } else if (schema.contains("items") && schema.value("maxItems", 1) > 0) {
      array.push_back(example(schema["items"]));
    }
    return array;
  }
};

}  // namespace hearth::testing
