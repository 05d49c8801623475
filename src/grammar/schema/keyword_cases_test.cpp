#include "grammar/testing/keyword_cases.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/schema/read_schema.h"
#include "grammar/testing/evaluate.h"

// What a schema means, as the plain evaluator understands the program that is made of it.

namespace hearth::grammar {
namespace {

class KeywordCases : public testing::TestWithParam<KeywordCase> {};

TEST_P(KeywordCases, AreEvaluated) {
  const auto program = read_json_schema(std::string(GetParam().schema), {}, Limits());
  ASSERT_TRUE(program.has_value()) << program.error().message;
  EXPECT_THAT(program->warnings, testing::IsEmpty());
  for (const bool right : {true, false}) {
    for (const std::string_view text : right ? GetParam().right : GetParam().wrong) {
      JsonDocument document;
      const auto value = document.add(std::string(text), Limits());
      ASSERT_TRUE(value.has_value()) << value.error().message;
      EXPECT_EQ(evaluate(*program, document, *value), right) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Named, KeywordCases, testing::ValuesIn(keyword_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hearth::grammar
