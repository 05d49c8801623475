#include "grammar/testing/keyword_cases.h"

#include <string>

#include <gtest/gtest.h>

#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"

// What a schema means, as the automaton that reads texts understands it.

namespace hearth::grammar {
namespace {

class KeywordTexts : public testing::TestWithParam<KeywordCase> {};

TEST_P(KeywordTexts, AreReadByteByByte) {
  const SchemaOptions options = {{JsonForm::Order::kAny, JsonForm::Whitespace::kAny}, {}};
  const auto grammar = compile_json_schema(std::string(GetParam().schema), options, Limits());
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  const auto automaton = (*grammar)->make_automaton();
  for (const std::string_view text : GetParam().right)
    EXPECT_TRUE(check_text(*automaton, text).accepted) << text;
  for (const std::string_view text : GetParam().wrong)
    EXPECT_FALSE(check_text(*automaton, text).accepted) << text;
}

INSTANTIATE_TEST_SUITE_P(Named, KeywordTexts, testing::ValuesIn(keyword_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(CheckText, SaysWhereATextLeavesTheLanguage) {
  const auto grammar =
      compile_json_schema(R"({"properties": {"a": {"enum": [true, "x"]}}, "additionalProperties": false})",
                          {{JsonForm::Order::kSchema, JsonForm::Whitespace::kCompact}, {}}, Limits());
  ASSERT_TRUE(grammar.has_value());
  const auto automaton = (*grammar)->make_automaton();
  const TextCheck wrong = check_text(*automaton, R"({"a":1})");
  EXPECT_FALSE(wrong.accepted);
  EXPECT_EQ(wrong.num_good, 5u);
  EXPECT_EQ(describe_bytes(wrong.allowed), R"('"', "t")");
  const TextCheck unfinished = check_text(*automaton, R"({"a":true)");
  EXPECT_FALSE(unfinished.accepted);
  EXPECT_EQ(unfinished.num_good, 9u);
  EXPECT_TRUE(unfinished.allowed['}']);
  EXPECT_FALSE(unfinished.allowed[',']);
  EXPECT_TRUE(check_text(*automaton, R"({"a":true})").accepted);
}

TEST(CheckText, DescribesBytes) {
  std::bitset<256> bytes;
  EXPECT_EQ(describe_bytes(bytes), "nothing");
  for (char c = '0'; c <= '9'; ++c) bytes.set(size_t(c));
  for (const char c : {'"', '\n', 'a', 'b'}) bytes.set(size_t(c));
  for (size_t c = 0x80; c < 0xc0; ++c) bytes.set(c);
  EXPECT_EQ(describe_bytes(bytes), R"("\n", '"', "0" to "9", "a", "b", 0x80 to 0xbf)");
}

}  // namespace
}  // namespace hearth::grammar
