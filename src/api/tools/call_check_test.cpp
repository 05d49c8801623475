#include "api/tools/call_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/anthropic/messages.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_of;

constexpr char kSchema[] =
    R"({"type": "object", "properties": {"day": {"type": "string", "format": "date"}, "n": {"type": "integer"}},
        "required": ["day"]})";

ToolRequest request_of(std::string_view schema, ToolRequest::Mode mode = ToolRequest::Mode::kAuto,
                       bool strict = false) {
  Tool tool{.name = "f", .definition = {}, .parameters = json_of(schema), .strict = strict};
  return {.tools = std::make_shared<const ToolSet>(std::vector{tool}), .mode = mode, .named = {}};
}

std::vector<std::string> said_of(const ToolRequest& request, std::string_view arguments,
                                 FinishReason reason = FinishReason::kStop) {
  Choice choice;
  choice.tool_calls = {{.id = "call_1", .name = "f", .arguments = std::string(arguments)}};
  choice.result = GenerateResult{.reason = reason};
  return argument_check(request)(choice);
}

TEST(CallCheck, NamesArgumentsThatAreNotOfTheSchema) {
  const ToolRequest request = request_of(kSchema);
  for (const char* right : {R"({"day": "2026-11-29"})", R"({"n":1,  "day":"2024-02-29", "more": [1e400]})",
                            "{\n\"day\": \"2026\\u002d11-29\"}"}) {
    EXPECT_THAT(said_of(request, right), IsEmpty()) << right;
  }
  EXPECT_THAT(said_of(request, R"({"day": "2026-02-30"})"),
              ElementsAre("tools: call_1 (f): the arguments are not of its schema, from byte 17 on"));
  for (const char* wrong : {"{}", R"({"day": 5})", R"({"day": "2026-11-29", "n": 1.5})"}) {
    EXPECT_THAT(said_of(request, wrong), ElementsAre(HasSubstr("not of its schema"))) << wrong;
  }
  EXPECT_THAT(said_of(request, R"({"day": )"), IsEmpty()) << "it is no call";
  EXPECT_THAT(said_of(request, "{}", FinishReason::kLength), IsEmpty());
}

TEST(CallCheck, SaysNothingWhereItDoesNotKnow) {
  EXPECT_FALSE(argument_check(request_of(kSchema, ToolRequest::Mode::kRequired))) << "held to by a grammar";
  EXPECT_FALSE(argument_check(request_of(kSchema, ToolRequest::Mode::kAuto, true)));
  EXPECT_FALSE(argument_check({.named = {}}));
  EXPECT_THAT(said_of(request_of(R"({"properties": {"a": {"pattern": "(a)\\1"}}})"), R"({"a": "b"})"),
              IsEmpty());
  // More than may be spent on it.
  EXPECT_THAT(
      said_of(request_of(R"({"properties": {"a": {"pattern": "^(a?){2000}b.{900}c"}}})"), R"({"a": "b"})"),
      IsEmpty());
}

class CallCheckRoutes : public testing::ApiFixture {
 protected:
  Result<std::unique_ptr<Exchange>> make(std::string_view endpoint, const Json& body) {
    if (endpoint == "chat") return make_chat_completion(body, call);
    if (endpoint == "message") return make_anthropic_message(body, call);
    auto made = TRY(make_response(body, call, {.recall = {}, .keep = [](auto&, auto&) { return true; }}));
    return std::move(made.exchange);
  }

  /// The warnings of a response to a completion of this text, whole or where a stream ends.
  std::vector<std::string> warnings(std::string_view endpoint, bool stream, std::string_view text) {
    const std::string function = fmt::format(R"("name": "f", "{}": {})",
                                             endpoint == "message" ? "input_schema" : "parameters", kSchema);
    const std::string tool = endpoint == "chat"
                                 ? fmt::format(R"({{"type": "function", "function": {{{}}}}})", function)
                             : endpoint == "response" ? fmt::format(R"({{"type": "function", {}}})", function)
                                                      : fmt::format("{{{}}}", function);
    const std::string body = fmt::format(
        R"({{"stream": {}, "tools": [{}], {}}})", stream, tool,
        endpoint == "response" ? R"("input": "a")"
                               : R"("messages": [{"role": "user", "content": "a"}], "max_tokens": 99)");
    auto made = make(endpoint, json_of(body));
    EXPECT_TRUE(made.has_value()) << made.error().message;
    const auto request = std::move((*made)->take_requests()[0]);
    ChoiceEvent event = ended(0, FinishReason::kStop);
    request.output_parser->push(1, text, event.parts);
    request.output_parser->finish("", event.parts);
    event.result->warnings = request.output_parser->warnings();
    Json found = Json::array();
    const auto frames = (*made)->accept(event);
    if (!stream) found = (*(*made)->body()).value("warnings", Json::array());
    for (const StreamFrame& frame : frames) {
      if (frame.data == "[DONE]") continue;
      const Json json = json_of(frame.data);
      const Json& holder = json.contains("response") ? json["response"] : json;
      if (holder.contains("warnings")) found = holder["warnings"];
    }
    return found.get<std::vector<std::string>>();
  }
};

TEST_F(CallCheckRoutes, WarningsStandInEveryDialect) {
  for (const std::string_view endpoint : {"chat", "response", "message"}) {
    for (const bool stream : {false, true}) {
      const auto call_of = [](std::string_view arguments) {
        return fmt::format("<tool_call>\n{{\"name\": \"f\", \"arguments\": {}}}\n</tool_call>", arguments);
      };
      EXPECT_THAT(warnings(endpoint, stream, call_of(R"({"day": "2026-11-29"})")), IsEmpty()) << endpoint;
      EXPECT_THAT(warnings(endpoint, stream, call_of(R"({"day": "now"})")),
                  ElementsAre(EndsWith("the arguments are not of its schema, from byte 9 on")))
          << endpoint << stream;
      EXPECT_THAT(warnings(endpoint, stream, "<tool_call>\nI mean it"),
                  ElementsAre("tools: what begins like a call could not be read, and is text"))
          << endpoint << stream;
    }
  }
}

}  // namespace
}  // namespace hearth::api
