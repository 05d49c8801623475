#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/json/schema_automaton.h"
#include "grammar/schema/read_schema.h"
#include "grammar/testing/evaluate.h"
#include "grammar/testing/random_walk.h"

// The automaton beside the plain evaluator, on schemas and values made by chance. Schemas that texts are made
// of leave no value open: in such a key may come twice, and the evaluator's reader takes none twice.

namespace hearth::grammar {
namespace {

std::shared_ptr<const SchemaProgram> random_program(Random& random, std::string& schema) {
  for (;;) {
    schema = random_schema(random, 3);
    auto program = read_json_schema(schema, {}, Limits());
    if (program) return std::make_shared<const SchemaProgram>(std::move(*program));
  }
}

bool holds(const SchemaProgram& program, const std::string& text) {
  JsonDocument document;
  const auto value = document.add(text, Limits());
  EXPECT_TRUE(value.has_value()) << text;
  return value && evaluate(program, document, *value);
}

constexpr JsonForm kCompact{.order = JsonForm::Order::kAny, .whitespace = JsonForm::Whitespace::kCompact};

StateId read(SchemaAutomaton& automaton, StateId state, std::string_view text) {
  for (const char byte : text)
    if (state != kDeadState) state = automaton.step(state, uint8_t(byte));
  return state;
}

TEST(SchemaAutomatonSearch, AgreesWithTheEvaluator) {
  Random random(1);
  std::string schema;
  size_t num_right = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto program = random_program(random, schema);
    SchemaAutomaton automaton(program, kCompact);
    for (int j = 0; j < 30; ++j) {
      const std::string text = random_value(random, 3);
      const StateId state = read(automaton, automaton.start(), text);
      const bool right = holds(*program, text);
      num_right += right;
      ASSERT_EQ(state != kDeadState && automaton.accepts(state), right) << schema << "\n" << text;
    }
  }
  EXPECT_GT(num_right, 10'000u);  // otherwise nothing was tried
}

TEST(SchemaAutomatonSearch, ForgettingStatesChangesNothing) {
  Random random(2);
  std::string schema;
  for (int i = 0; i < 300; ++i) {
    const auto program = random_program(random, schema);
    SchemaAutomaton automaton(program, kCompact);
    for (int j = 0; j < 10; ++j) {
      const std::string text = random_value(random, 3);
      StateId state = automaton.start();
      for (size_t at = 0; at < text.size() && state != kDeadState; ++at) {
        state = automaton.step(state, uint8_t(text[at]));
        StateId kept[] = {state, kDeadState, automaton.start()};
        automaton.keep_only(kept);
        EXPECT_EQ(kept[1], kDeadState);
        EXPECT_EQ(kept[2], automaton.start());
        state = kept[0];
      }
      ASSERT_EQ(state != kDeadState && automaton.accepts(state), holds(*program, text)) << schema << text;
    }
  }
}

/// Walks by chance never get stuck, and those that end are right.
void expect_ends(std::span<const std::string_view> schemas) {
  Random random(3);
  for (const std::string_view schema : schemas) {
    auto read_schema = read_json_schema(std::string(schema), {}, Limits());
    ASSERT_TRUE(read_schema.has_value()) << read_schema.error().message;
    const auto program = std::make_shared<const SchemaProgram>(std::move(*read_schema));
    for (const auto order : {JsonForm::Order::kAny, JsonForm::Order::kSchema}) {
      SchemaAutomaton automaton(program, {.order = order, .whitespace = JsonForm::Whitespace::kCompact});
      size_t num_whole = 0;
      for (int i = 0; i < 30; ++i) {
        const RandomWalk walk = random_walk(automaton, random, 100);
        ASSERT_NE(walk.end, RandomWalk::End::kStuck) << schema << "\n" << walk.text;
        if (walk.end != RandomWalk::End::kWhole) continue;
        ++num_whole;
        ASSERT_TRUE(holds(*program, walk.text)) << schema << "\n" << walk.text;
      }
      EXPECT_GT(num_whole, 5u) << schema;
    }
  }
}

TEST(SchemaAutomatonSearch, WhatIsAllowedComesToAnEndAndIsRight) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "object", "required": ["c", "b"], "minProperties": 3, "additionalProperties": false,
          "properties": {"a": false, "b": {"enum": ["x", "xy"]}, "c": {"type": "integer", "minimum": 95, "maximum": 123},
                         "d": {"type": "string", "pattern": "^(aa)*$", "minLength": 3, "maxLength": 5}}})",
      R"({"type": "array", "uniqueItems": true, "items": {"enum": ["a", "ab", 1, null]}})",
      R"({"type": "array", "contains": {"const": 1}, "minContains": 2, "maxItems": 3, "items": {"enum": [1, 2]}})",
      R"({"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"enum": [1, 2]}},
                     "additionalProperties": {"type": "null"}},
                    {"type": "object", "required": ["b"], "properties": {"a": {"enum": [2, 3]}},
                     "additionalProperties": {"type": "null"}}]})",
      R"({"type": "object", "properties": {"k": {"enum": ["p", "q"]}, "v": {}}, "required": ["k", "v"],
          "if": {"properties": {"k": {"const": "p"}}}, "then": {"properties": {"v": {"type": "null"}}},
          "else": {"properties": {"v": {"type": "boolean"}}}, "additionalProperties": false})",
      R"({"type": "object", "not": {"required": ["a"]}, "propertyNames": {"enum": ["a", "b"]}, "minProperties": 1,
          "properties": {"b": {"type": "integer"}}})",
      R"({"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}, "minItems": 1}},
          "anyOf": [{"$ref": "#/$defs/t"}, {"const": 7}]})",
      R"({"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"type": "null"}}, "additionalProperties": false,
          "minProperties": 1})",
      R"({"allOf": [{"pattern": "^[a-c]+$"}, {"pattern": "b$"}, {"not": {"pattern": "^b"}}], "type": "string",
          "maxLength": 4})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, WhatNothingEvaluatesIsRefusedAtOnce) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "object", "properties": {"k": {"enum": ["circle", "square"]}}, "required": ["k"],
          "anyOf": [{"properties": {"k": {"const": "circle"}, "radius": {"type": "integer", "maximum": 99}},
                     "required": ["radius"]},
                    {"properties": {"k": {"const": "square"}, "side": {"type": "integer", "maximum": 99}},
                     "required": ["side"]}], "unevaluatedProperties": false})",
      R"({"type": "object", "unevaluatedProperties": false,
          "oneOf": [{"properties": {"a": {"type": "integer"}, "c": {"type": "null"}}, "required": ["a"]},
                    {"properties": {"b": {"type": "integer"}, "c": {"type": "boolean"}}, "required": ["b"]}]})",
      R"({"type": "object", "properties": {"k": {"type": "boolean"}}, "required": ["k"],
          "if": {"properties": {"k": {"const": true}}}, "then": {"properties": {"a": {"type": "integer"}}},
          "else": {"properties": {"b": {"type": "integer"}}}, "unevaluatedProperties": false})",
      R"({"type": "object", "properties": {"k": {"type": "boolean"}}, "required": ["k"], "minProperties": 2,
          "if": {"properties": {"k": {"const": true}}}, "then": {"properties": {"a": {"type": "integer"}}},
          "unevaluatedProperties": {"type": "null"}, "maxProperties": 3})",
      R"({"type": "array", "prefixItems": [{"enum": [7]}], "contains": {"const": "x"},
          "unevaluatedItems": {"type": "boolean"}, "minItems": 3, "maxItems": 4})",
      R"({"type": "array", "anyOf": [{"prefixItems": [{"const": 1}, {"type": "integer"}]},
                                     {"prefixItems": [{"const": 2}, {"type": "null"}, {"type": "null"}]}],
          "unevaluatedItems": false, "minItems": 2})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, UniqueItemsDoNotRunIntoThoseThatAreThere) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "array", "items": {"type": "object", "properties": {"name": {"enum": ["red", "green", "blue"]},
          "hex": {"type": "boolean"}}, "required": ["name", "hex"], "additionalProperties": false},
          "uniqueItems": true, "minItems": 2, "maxItems": 6})",
      R"({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}, "maxItems": 1},
          "uniqueItems": true, "minItems": 3})",
      R"({"type": "array", "items": {"type": "array", "items": {"enum": ["a", "ab", 1]}, "minItems": 1,
          "maxItems": 2}, "uniqueItems": true, "minItems": 5, "maxItems": 12})",
      R"({"type": "array", "items": {"type": "object", "properties": {"n": {"enum": ["x", "y"]}, "m": {"type": "null"}},
          "required": ["n"], "additionalProperties": false}, "uniqueItems": true, "minItems": 4})",
      R"({"type": "array", "items": {"type": "array", "uniqueItems": true, "minItems": 1,
          "items": {"type": "array", "maxItems": 1, "items": {"enum": [1, 1.0, null]}}, "maxItems": 2},
          "uniqueItems": true, "minItems": 3, "maxItems": 9})",
      R"({"type": "array", "uniqueItems": true, "minItems": 3, "maxItems": 4, "items": {"type": "object",
          "properties": {"id": {"type": "integer"}, "tag": {"type": "string", "maxLength": 1}},
          "required": ["id", "tag"], "additionalProperties": false}})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, ItemsThatAreWantedTwiceHaveRoom) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 2, "allOf": [{"contains": {"const": 1}},
          {"contains": {"const": 2}}]})",
      R"({"type": "array", "items": {"enum": [1, 2, "a", "b"]}, "maxItems": 3, "contains": {"const": 1},
          "minContains": 2, "allOf": [{"contains": {"type": "string"}}]})",
      R"({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 6}, "minItems": 3, "maxItems": 3,
          "contains": {"multipleOf": 2}, "minContains": 2, "maxContains": 2,
          "allOf": [{"contains": {"multipleOf": 3}, "minContains": 2}]})",
      R"({"type": "array", "items": {"enum": ["a", "b", null]}, "uniqueItems": true, "contains": {"type": "string"},
          "minContains": 2, "maxItems": 3})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, NamesThatAreUsedUpDoNotComeAgain) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "object", "propertyNames": {"enum": ["a", "b", "bc", "d"]}, "additionalProperties": {"type": "boolean"},
          "minProperties": 3})",
      R"({"type": "object", "propertyNames": {"pattern": "^[bk]$"}, "additionalProperties": {"enum": [false, null]},
          "minProperties": 2})",
      R"({"type": "object", "patternProperties": {"^[xy]{1,2}$": {"type": "null"}}, "additionalProperties": false,
          "minProperties": 6})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, WhatNothingEvaluatesHasASchema) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}}, "required": ["b"],
          "anyOf": [{"required": ["a"], "properties": {"a": {"const": true}, "c": {"enum": ["x", "y"]}}},
                    {"required": ["c"], "properties": {"d": {"type": "null"}}}],
          "unevaluatedProperties": {"type": "integer", "minimum": 1, "maximum": 9}, "maxProperties": 4})",
      R"({"type": "array", "maxItems": 4, "minItems": 2, "prefixItems": [{"enum": ["p", "q"]}],
          "anyOf": [{"prefixItems": [{"const": "p"}, {"type": "null"}]}, {"contains": {"const": "z"}}],
          "unevaluatedItems": {"enum": [1, "zz"]}})",
      R"({"type": "array", "unevaluatedItems": {"type": "boolean"}, "allOf": [{"contains": {"type": "integer"}},
          {"contains": {"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 1}}],
          "anyOf": [{"prefixItems": [{"type": "null"}]}, {"contains": {"type": "integer"}}], "maxItems": 5})"};
  expect_ends(kSchemas);
}

TEST(SchemaAutomatonSearch, LoopsSayWhatStepsDo) {
  constexpr std::string_view kSchemas[] = {
      R"({"type": "string"})", R"({"type": "string", "minLength": 2, "maxLength": 5})",
      R"({"type": "string", "pattern": "^[a-f]*z$", "maxLength": 6})",
      R"({"type": "object", "additionalProperties": {"type": "string"}, "properties": {"abc": {}}})"};
  for (const std::string_view schema : kSchemas) {
    auto read_schema = read_json_schema(std::string(schema), {}, Limits());
    ASSERT_TRUE(read_schema.has_value());
    SchemaAutomaton automaton(std::make_shared<const SchemaProgram>(std::move(*read_schema)), kCompact);
    for (const std::string_view begin : {"\"", "\"a", "\"ab", "{\"q", "{\"a"}) {
      const StateId state = read(automaton, automaton.start(), begin);
      if (state == kDeadState) continue;
      const Loop loop = automaton.loop(state);
      for (uint32_t c = 0; c < 128; ++c) {
        if (!loop.set.ascii[c]) continue;
        StateId behind = state;
        for (uint32_t count = 1; count <= 8; ++count) {
          behind = behind == kDeadState ? kDeadState : automaton.step(behind, uint8_t(c));
          ASSERT_EQ(behind != kDeadState, count <= loop.count) << schema << begin << " " << char(c) << count;
        }
      }
    }
  }
}

}  // namespace
}  // namespace hearth::grammar
