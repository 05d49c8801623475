#include <set>

#include "api/call/api_error.h"
#include "api/testing/openapi_fixture.h"

namespace hearth::api {
namespace {

using OpenApiTest = testing::OpenApiFixture;

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
    Json body_of_all = minimal(name);
    ASSERT_TRUE(parse(name, body_of_all).has_value())
        << name << " " << body_of_all << parse(name, body_of_all).error().message;
    for (const auto& [parameter, parameter_schema] : schema["properties"].items()) {
      Json body = with(body_of_all, name, parameter, example(parameter_schema));
      // The one message of the example is the user's, and a stream cannot run in the background.
      if (parameter == "continue_final_message") body[parameter] = false;
      const auto parsed = parse(name, body);
      // A context of one token is understood, and too small.
      if (!parsed && parsed.error().code == ErrorCode::kContextOverflow) continue;
      if (!parsed && may_be_refused(parameter)) continue;
      EXPECT_TRUE(parsed.has_value()) << name << "." << parameter << ": " << parsed.error().message;
      ++num_parameters;
    }
    body_of_all["surprise"] = 1;
    const auto surprised = parse(name, body_of_all);
    if (schema.value("additionalProperties", true)) {
      EXPECT_TRUE(surprised.has_value()) << name;
    } else {
      EXPECT_EQ(parameter_of(surprised.error()), "surprise") << name;
    }
  }
  EXPECT_GT(num_parameters, 200u);
}

}  // namespace
}  // namespace hearth::api
