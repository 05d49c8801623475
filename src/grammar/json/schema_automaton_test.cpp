#include "grammar/json/schema_automaton.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "grammar/json/compile_json_schema.h"
#include "grammar/testing/keyword_cases.h"

namespace hearth::grammar {
namespace {

JsonForm any_form() { return {.order = JsonForm::Order::kAny, .whitespace = JsonForm::Whitespace::kAny}; }

std::unique_ptr<Automaton> automaton_of(std::string_view schema, const JsonForm& form = any_form()) {
  const auto grammar = compile_json_schema(std::string(schema), {form, {}}, Limits());
  EXPECT_TRUE(grammar.has_value()) << schema << ": " << grammar.error().message;
  return (*grammar)->make_automaton();
}

/// The state behind a text, dead where a byte is refused.
StateId state_behind(Automaton& automaton, std::string_view text) {
  StateId state = automaton.start();
  for (const char byte : text)
    if (state != kDeadState) state = automaton.step(state, uint8_t(byte));
  return state;
}

bool accepts(Automaton& automaton, std::string_view text) {
  const StateId state = state_behind(automaton, text);
  return state != kDeadState && automaton.accepts(state);
}

constexpr char kPair[] = R"({"properties": {"ab": {"type": "string"}, "c": {"type": "array"}},
                            "required": ["ab", "c"], "additionalProperties": false})";

TEST(SchemaAutomaton, FlexibleWhitespaceIsWherePrintersPutIt) {
  const auto automaton = automaton_of(kPair, {.max_indent = 4});
  for (const std::string_view text :
       {R"({"ab":"","c":[]})", R"({"ab": "", "c": [1, 2]})",
        "{\n  \"ab\": \"\",\r\n  \"c\": [\n    1,\n    2\n  ]\n}", R"({ "ab":"" ,"c":[] })"}) {
    EXPECT_EQ(accepts(*automaton, text), text.find("\" ,") == text.npos) << text;
  }
  for (const std::string_view text :
       {R"({"ab" :"","c":[]})", "{\"ab\":\n\"\",\"c\":[]}", R"({"ab":  "","c":[]})",
        R"({"ab":"","c":[1 ,2]})", "{\n\n\"ab\":\"\",\"c\":[]}", R"({     "ab":"","c":[]})",
        R"({"ab":"","c":[]} )"}) {
    EXPECT_FALSE(accepts(*automaton, text)) << text;
  }
  EXPECT_EQ(state_behind(*automaton, R"({"ab":"" )"), kDeadState) << "it cannot be closed yet";
  EXPECT_NE(state_behind(*automaton, R"({"ab":"","c":[] )"), kDeadState);
}

TEST(SchemaAutomaton, PointsOfWholeNumbersAreAnOption) {
  constexpr JsonForm kPlain{.plain_integers = true};
  for (const char* schema : {R"({"type": "integer"})", R"({"enum": [1, 20, "1"]})", R"({"multipleOf": 5})",
                             R"({"anyOf": [{"const": 1}, {"type": "integer", "minimum": 20}]})"}) {
    EXPECT_TRUE(accepts(*automaton_of(schema), "20.0")) << schema;
    EXPECT_TRUE(accepts(*automaton_of(schema, kPlain), "20")) << schema;
    EXPECT_EQ(state_behind(*automaton_of(schema, kPlain), "20."), kDeadState) << schema;
  }
  for (const char* schema : {R"({"type": "number"})", R"({"minimum": 20})", R"({"enum": [20, 20.5]})",
                             R"({"not": {"type": "integer"}})", R"({})"}) {
    EXPECT_TRUE(accepts(*automaton_of(schema, kPlain), "20.5")) << schema;
  }
  EXPECT_TRUE(accepts(*automaton_of(R"({"minimum": 20})", kPlain), "20.0"));
  EXPECT_FALSE(accepts(*automaton_of(R"({"not": {"type": "integer"}})", kPlain), "20.0"));
}

TEST(SchemaAutomaton, EscapesOfCharactersThatNeedNoneAreAnOption) {
  const std::string_view needed[] = {R"({"ab":"\"\\\b\f\n\r\t\u0000\u001F/","c":[]})"};
  const std::string_view others[] = {R"({"ab":"\u0061","c":[]})",       R"({"ab":"\/","c":[]})",
                                     R"({"\u0061b":"","c":[]})",        R"({"ab":"\u00e9","c":[]})",
                                     R"({"ab":"\ud83d\ude00","c":[]})", R"({"ab":"\u0020","c":[]})"};
  const auto any = automaton_of(kPair);
  const auto strict = automaton_of(kPair, {.escapes = JsonForm::Escapes::kNeeded});
  for (const std::string_view text : needed) {
    EXPECT_TRUE(accepts(*any, text)) << text;
    EXPECT_TRUE(accepts(*strict, text)) << text;
  }
  for (const std::string_view text : others) {
    EXPECT_TRUE(accepts(*any, text)) << text;
    EXPECT_FALSE(accepts(*strict, text)) << text;
  }
  EXPECT_EQ(state_behind(*strict, R"({"a\)"), kDeadState) << "a key that no escape is in";
  EXPECT_EQ(state_behind(*strict, R"({"ab":"\u002)"), kDeadState);
}

class SchemaAutomatonCases : public testing::TestWithParam<KeywordCase> {};

TEST_P(SchemaAutomatonCases, AcceptsTheRightTextsAlone) {
  const auto automaton = automaton_of(GetParam().schema);
  for (const std::string_view text : GetParam().right) EXPECT_TRUE(accepts(*automaton, text)) << text;
  for (const std::string_view text : GetParam().wrong) EXPECT_FALSE(accepts(*automaton, text)) << text;
}

INSTANTIATE_TEST_SUITE_P(Named, SchemaAutomatonCases, testing::ValuesIn(keyword_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hearth::grammar
