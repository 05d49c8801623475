#include "text/jinja/library/written_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/template/chat_template.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

/// What a template makes of a call's arguments.
std::string render(const std::string& expression, const std::string& arguments, ArgumentsForm form) {
  const auto parsed = ChatTemplate::parse("{% set a = messages[0].tool_calls[0].function.arguments %}{{ " +
                                          expression + " }}");
  if (!parsed) return "error: " + parsed.error().message;
  const Json call = {{"id", "c"}, {"function", {{"name", "f"}, {"arguments", arguments}}}};
  const auto text =
      parsed->render({.messages = Json::array({{{"role", "assistant"}, {"tool_calls", Json::array({call})}}}),
                      .arguments = form});
  return text ? text->text() : "error: " + text.error().message;
}

std::string as_object(const std::string& expression, const std::string& arguments) {
  return render(expression, arguments, ArgumentsForm::kObject);
}

TEST(WrittenJson, KeepsNumbersAsTheyAreWritten) {
  for (const std::string number :
       {"0", "1", "-7", "1.0", "-0", "-0.0", "0.10", "1.50", "1e400", "-1E400", "2E5", "1e-9", "1e-400",
        "9223372036854775807", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
        "123456789012345678901234567890", "3.141592653589793238462643383279"}) {
    const std::string json = R"({"n": )" + number + "}";
    EXPECT_EQ(as_object("a|tojson", json), json);
    EXPECT_EQ(as_object("a.n", json), number);
    EXPECT_EQ(as_object("a.n ~ '|' ~ [a.n] ~ (a.n|string) ~ '%s'|format(a.n)", json),
              number + "|[" + number + "]" + number + number);
    EXPECT_EQ(as_object("a.n is number", json), "True");
    EXPECT_EQ(render("a", json, ArgumentsForm::kText), json);
  }
}

TEST(WrittenJson, CountsWithNumbersAsNumbers) {
  EXPECT_EQ(
      as_object("(a.n + 1) ~ ' ' ~ (a.n * 2) ~ ' ' ~ (a.n == 1.5) ~ ' ' ~ (a.n|round(1))", R"({"n": 1.50})"),
      "2.5 3.0 True 1.5");
  EXPECT_EQ(as_object("a.n > 1e300 and a.n is float and a.m == 5", R"({"n": 1e400, "m": 5})"), "True");
}

TEST(WrittenJson, KeepsOrderAndTextsAndSpacesAsPythonDoes) {
  EXPECT_EQ(
      as_object("a|tojson", R"({"z":[1,2,{"y":null}],"a":{"b":true,"c":false},"e":"\u00e9\n\"","":{}})"),
      R"({"z": [1, 2, {"y": null}], "a": {"b": true, "c": false}, "e": ")"
      "\xc3\xa9"
      R"(\n\"", "": {}})");
  EXPECT_EQ(as_object("a|tojson", R"({"a": 1, "b": 2, "a": 3.0})"), R"({"a": 3.0, "b": 2})");
  EXPECT_EQ(as_object("a|items|list", R"({"x": 4, "n": "5"})"), "[('x', 4), ('n', '5')]");
  EXPECT_EQ(render("a", R"({"z":1e2,"y":"5"})", ArgumentsForm::kText), R"({"z": 1e2, "y": "5"})");
}

TEST(WrittenJson, LeavesOtherTextAsItIs) {
  for (const std::string text : {"",
                                 "{",
                                 "[1]",
                                 "4",
                                 "null",
                                 "\"x\"",
                                 R"({"a": 01})",
                                 R"({"a": 1.})",
                                 R"({"a": .5})",
                                 R"({"a": +1})",
                                 R"({"a": 1 2})",
                                 R"({"a": 1true})",
                                 R"({"a": NaN})",
                                 R"({"a": -})",
                                 R"({"a": 1e})",
                                 "{\"a\": \"\xff\"}",
                                 R"({"a": 1} x)",
                                 R"({"a": "\q"})",
                                 R"({"a": 0x1})",
                                 "city=Paris"}) {
    EXPECT_EQ(render("a", text, ArgumentsForm::kObject), text);
    EXPECT_EQ(render("a", text, ArgumentsForm::kText), text);
  }
  const std::string nested = "{\"a\": " + std::string(70, '[') + std::string(70, ']') + "}";
  EXPECT_EQ(render("a", nested, ArgumentsForm::kObject), nested);
}

TEST(WrittenJson, IsContentThroughAndThrough) {
  const auto parsed = ChatTemplate::parse("{{ messages[0].tool_calls[0].function.arguments|tojson }}");
  const Json call = {{"function", {{"name", "f"}, {"arguments", R"({"a": [1e400, {"b": null}]})"}}}};
  const auto text =
      parsed->render({.messages = Json::array({{{"role", "assistant"}, {"tool_calls", Json::array({call})}}}),
                      .arguments = ArgumentsForm::kObject});
  ASSERT_TRUE(text.has_value());
  ASSERT_EQ(text->ranges().size(), 1u);
  EXPECT_EQ(text->ranges()[0].origin, Origin::kContent);
}

TEST(WrittenJson, CostsWhatItHolds) {
  std::string many = "{\"a\": [";
  for (int i = 0; i < 400'000; ++i) many += "1,";
  many += "1]}";
  const auto parsed = ChatTemplate::parse("{{ messages[0].tool_calls[0].function.arguments.a|length }}",
                                          {.limits = {.max_steps = 100'000}});
  const Json call = {{"function", {{"name", "f"}, {"arguments", many}}}};
  const auto text =
      parsed->render({.messages = Json::array({{{"role", "assistant"}, {"tool_calls", Json::array({call})}}}),
                      .arguments = ArgumentsForm::kObject});
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::kResourceLimit);
}

}  // namespace
}  // namespace hearth
