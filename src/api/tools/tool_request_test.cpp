#include "api/tools/tool_request.h"

#include <random>

#include <gtest/gtest.h>

#include "api/anthropic/messages.h"
#include "api/call/api_error.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class ToolRequestTest : public testing::ApiFixture {
 protected:
  Result<std::unique_ptr<Exchange>> chat(const Json& tools, const Json& choice = nullptr) {
    Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
    body["tools"] = tools;
    body["tool_choice"] = choice;
    return make_chat_completion(body, call);
  }
  std::string refused(const Json& tools, const Json& choice = nullptr) {
    const auto made = chat(tools, choice);
    return made ? "taken" : std::string(parameter_of(made.error()));
  }
};

Json tool(Json function) { return {{"type", "function"}, {"function", std::move(function)}}; }

TEST_F(ToolRequestTest, NamesWhatIsMalformed) {
  const Json good =
      tool({{"name", "f"}, {"parameters", json_of(R"({"properties": {"a": {"type": "string"}}})")}});
  EXPECT_EQ(refused(Json::array({good})), "taken");
  EXPECT_EQ(refused(Json::array({good, good})), "tools[1]");
  EXPECT_EQ(refused(Json::array({tool({{"name", ""}})})), "tools[0].function.name");
  EXPECT_EQ(refused(Json::array({tool({{"name", "a b"}})})), "tools[0].function.name");
  EXPECT_EQ(refused(Json::array({tool({{"nam", "f"}})})), "tools[0].function.name");
  EXPECT_EQ(refused(Json::array({{{"type", "web_search"}}})), "tools[0].type");
  EXPECT_EQ(refused(Json::array({good}), "sometimes"), "tool_choice");
  EXPECT_EQ(refused(Json::array({good}), json_of(R"({"type": "function", "function": {"name": "g"}})")),
            "tool_choice");
  EXPECT_EQ(refused(Json::array(), "required"), "tool_choice");
  const std::pair<const char*, const char*> schemas[] = {
      {R"({"type": "array"})", "/type"},
      {R"({"properties": {"a": {"type": "int"}}})", "/properties/a/type"},
      {R"({"properties": {"a/b": {"items": 5}}})", "/properties/a~1b/items"},
      {R"({"properties": {"a": {"enum": "x"}}})", "/properties/a/enum"},
      {R"({"properties": {"a": {"pattern": 7}}})", "/properties/a/pattern"},
      {R"({"required": [1]})", "/required"},
      {R"({"properties": {"a": {"anyOf": [{"type": []}]}}})", "/properties/a/anyOf/0/type"},
  };
  for (const auto& [schema, pointer] : schemas) {
    const auto made = chat(Json::array({tool({{"name", "f"}, {"parameters", json_of(schema)}})}));
    ASSERT_FALSE(made.has_value()) << schema;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parameter_of(made.error()), "tools[0].function.parameters");
    EXPECT_NE(made.error().message.find(pointer), std::string::npos) << made.error().message;
  }
}

TEST_F(ToolRequestTest, TakesEveryWayToChoose) {
  const Json tools = Json::array({tool({{"name", "f"}}), tool({{"name", "g"}})});
  for (
      const char* choice :
      {R"("auto")", R"("none")", R"({"type": "auto"})",
       R"({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "name": "g"}]}})"}) {
    EXPECT_EQ(refused(tools, json_of(choice)), "taken") << choice;
  }
  const auto responses = [&](const char* more) {
    return make_response(json_of(fmt::format(R"({{"input": "a", {}}})", more)), call,
                         {.recall = [](auto&) { return Json::array(); }, .keep = {}})
        .has_value();
  };
  EXPECT_TRUE(
      responses(R"("tools": [{"type": "function", "name": "f", "parameters": null, "strict": null}])"));
  EXPECT_FALSE(responses(R"("tools": [{"type": "file_search"}])"));
  const auto message = [&](const char* more) {
    return make_anthropic_message(
               json_of(fmt::format(
                   R"({{"max_tokens": 4, "messages": [{{"role": "user", "content": "a"}}], {}}})", more)),
               call)
        .has_value();
  };
  EXPECT_TRUE(message(
      R"("tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "auto"})"));
  EXPECT_FALSE(message(
      R"("tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "tool"})"));
  EXPECT_FALSE(message(R"("tools": [{"name": "f", "input_schema": []}])"));
}

/// Some value of a JSON document.
Json& somewhere(Json& json, std::mt19937& random) {
  Json* at = &json;
  while (at->is_structured() && !at->empty() && random() % 4 != 0) {
    size_t steps = random() % at->size();
    auto next = at->begin();
    while (steps-- > 0) ++next;
    at = &*next;
  }
  return *at;
}

// Mutated definitions are taken or refused as the client's fault, whatever they hold.
TEST_F(ToolRequestTest, MutatedToolsAreNoFaultOfOurs) {
  std::mt19937 random(17);
  const Json good =
      json_of(R"([{"type": "function", "function": {"name": "f", "description": "d", "strict": true,
      "parameters": {"type": "object", "properties": {"a": {"type": ["string", "null"], "pattern": "^a+$", "maxLength": 5},
        "b": {"$ref": "#/$defs/x"}, "c": {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": [1, "x"]}]}},
        "required": ["a"], "additionalProperties": false, "$defs": {"x": {"type": "array", "items": {"type": "number"}}}}}},
     {"type": "function", "function": {"name": "g", "parameters": {}}}])");
  const Json values[] = {nullptr,
                         true,
                         -1,
                         1e308,
                         "",
                         "object",
                         "(?<=x)*",
                         Json::array(),
                         Json::object(),
                         "#/properties/a",
                         json_of(R"({"$ref": "#"})"),
                         json_of("[[[[[]]]]]")};
  size_t num_refused = 0;
  for (int i = 0; i < 500; ++i) {
    Json tools = good;
    for (size_t edits = random() % 3 + 1; edits > 0; --edits) {
      somewhere(tools, random) = values[random() % std::size(values)];
    }
    const auto made = chat(tools, i % 2 == 0 ? "auto" : "required");
    if (made) continue;
    ++num_refused;
    EXPECT_EQ(http_status(made.error()), 400) << dump_json(tools) << "\n" << made.error().message;
  }
  EXPECT_GT(num_refused, 100u);
}

}  // namespace
}  // namespace hearth::api
