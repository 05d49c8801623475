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
