#include "api/openapi_document.h"

#include <set>

#include "api/anthropic_messages.h"
#include "api/api_fixture.h"
#include "api/error_body.h"
#include "api/openai_chat.h"
#include "api/openai_completions.h"
#include "api/openai_embeddings.h"
#include "api/openai_responses.h"
#include "api/tokenize.h"

namespace hearth {
namespace {

class OpenApiTest : public testing::ApiFixture {
 public:
  OpenApiTest() : document(openapi_document(std::span(&model, 1))) {}

  Json resolved(const Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    const auto path = schema["$ref"].get<std::string>();
    return resolved(document.at(Json::json_pointer(path.substr(1))));
  }

  /// A value that the schema allows.
  Json example(const Json& unresolved) const {
    const Json& schema = resolved(unresolved);
    if (schema.contains("const")) return schema["const"];
    if (schema.contains("enum")) return schema["enum"][0];
    if (schema.contains("anyOf")) return example(schema["anyOf"][0]);
    if (!schema.contains("type")) return "hello";
    const Json& type = schema["type"];
    const std::string name = type.is_array() ? type[0] : type;
    if (name == "string") return schema.contains("pattern") ? "5" : "hello";
    if (name == "boolean") return true;
    if (name == "integer" || name == "number") return std::max<int64_t>(1, schema.value("minimum", Json(1)));
    if (name == "array") {
      Json array = Json::array();
      if (schema.contains("items") && schema.value("maxItems", 1) > 0)
        array.push_back(example(schema["items"]));
      return array;
    }
    if (name != "object") return nullptr;
    Json object = Json::object();
    for (const Json& member : schema.value("required", Json::array())) {
      object[member.get<std::string>()] = example(schema["properties"][member.get<std::string>()]);
    }
    return object;
  }

  Status parse(const std::string& request, const Json& body) {
    const auto as_status = [](const auto& result) -> Status {
      if (!result) return std::unexpected(result.error());
      return {};
    };
    if (request == "CompletionRequest") return as_status(make_completion(body, call));
    if (request == "ChatRequest") return as_status(make_chat_completion(body, call));
    if (request == "EmbeddingRequest") return as_status(make_embedding(body, call));
    if (request == "ResponseRequest") {
      return as_status(
          make_response(body, call, {.recall = [](auto&) { return Json::array(); }, .keep = {}}));
    }
    if (request == "MessageRequest") return as_status(make_anthropic_message(body, call));
    if (request == "CountTokensRequest") return as_status(count_anthropic_tokens(body, call));
    if (request == "TokenizeRequest") return as_status(tokenize_json(body, call));
    if (request == "DetokenizeRequest") return as_status(detokenize_json(body, call));
    if (request == "TemplateRequest") return as_status(apply_template_json(body, call));
    ADD_FAILURE() << "no parser for " << request;
    return {};
  }

  Json document;
};

void collect_references(const Json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.insert(value["$ref"].get<std::string>());
  if (value.is_structured()) {
    for (const Json& part : value) collect_references(part, out);
  }
}

TEST_F(OpenApiTest, ReferencesLeadSomewhere) {
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 20u);
  for (const std::string& reference : references) {
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
}

TEST_F(OpenApiTest, NamesTheModelsAndTheirTokens) {
  EXPECT_EQ(document["components"]["schemas"]["ModelName"]["enum"], Json::array({"tiny"}));
  EXPECT_EQ(document["components"]["schemas"]["TokenId"]["maximum"], 522);
}

TEST_F(OpenApiTest, EveryParameterThatIsDescribedIsUnderstood) {
  size_t num_parameters = 0;
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    if (!name.ends_with("Request")) continue;
    Json minimal = example(schema);
    if (name == "TokenizeRequest") minimal["content"] = "hello";
    ASSERT_TRUE(parse(name, minimal).has_value())
        << name << " " << minimal << parse(name, minimal).error().message;
    for (const auto& [parameter, parameter_schema] : schema["properties"].items()) {
      Json body = minimal;
      if (name == "TokenizeRequest" && (parameter == "prompt" || parameter == "inputs"))
        body.erase("content");
      if (parameter == "top_logprobs" && name == "ChatRequest") body["logprobs"] = true;
      body[parameter] = example(parameter_schema);
      // The one message of the example is the user's, and a stream cannot run in the background.
      if (parameter == "continue_final_message") body[parameter] = false;
      const auto parsed = parse(name, body);
      EXPECT_TRUE(parsed.has_value()) << name << "." << parameter << ": " << parsed.error().message;
      ++num_parameters;
    }
    minimal["surprise"] = 1;
    EXPECT_EQ(parameter_of(parse(name, minimal).error()), "surprise") << name;
  }
  EXPECT_GT(num_parameters, 200u);
}

}  // namespace
}  // namespace hearth
