#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/json/schema_automaton.h"
#include "grammar/schema/read_schema.h"
#include "grammar/testing/evaluate.h"

// The automaton beside the plain evaluator, on schemas and values made by chance. Schemas that texts are made
// of leave no value open: in such a key may come twice, and the evaluator's reader takes none twice.

namespace hearth::grammar {
namespace {

using Random = std::mt19937;

size_t below(Random& random, size_t count) { return random() % count; }

std::string random_schema(Random& random, int depth);

std::string random_list(Random& random, int depth) {
  std::string list = "[";
  for (size_t i = 0, count = 1 + below(random, 3); i < count; ++i)
    list += (i > 0 ? "," : "") + random_schema(random, depth);
  return list + "]";
}

std::string random_keyword(Random& random, int depth) {
  const auto number = [&](size_t count) { return std::to_string(below(random, count)); };
  const auto key = [&] { return std::string(1, char('a' + below(random, 3))); };
  if (depth <= 0) depth = 0;
  switch (below(random, depth == 0 ? 9 : 25)) {
    case 0:
      return R"("type": ["string", "number", "null"])";
    case 1:
      return R"("type": ["object", "array", "integer"])";
    case 2:
      return R"("enum": [1, "a", "ab", null, {"a": 1}, [1, 2], true])";
    case 3:
      return R"("minimum": )" + number(4);
    case 4:
      return R"("multipleOf": 2)";
    case 5:
      return R"("maxLength": )" + number(3);
    case 6:
      return R"("pattern": "^a*b?$")";
    case 7:
      return R"("minLength": )" + number(3);
    case 8:
      return R"("const": )" + number(3);
    case 9:
      return R"("properties": {"a": )" + random_schema(random, depth - 1) + R"(, "b": )" +
             random_schema(random, depth - 1) + "}";
    case 10:
      return R"("required": [")" + key() + "\"]";
    case 11:
      return R"("additionalProperties": )" + random_schema(random, depth - 1);
    case 12:
      return R"("patternProperties": {"^[ac]": )" + random_schema(random, depth - 1) + "}";
    case 13:
      return R"("maxProperties": )" + number(3) + R"(, "minProperties": )" + number(2);
    case 14:
      return R"("dependentSchemas": {")" + key() + "\": " + random_schema(random, depth - 1) + "}";
    case 15:
      return R"("propertyNames": {"pattern": "^[ab]*$"})";
    case 16:
      return R"("prefixItems": )" + random_list(random, depth - 1) + R"(, "items": )" +
             random_schema(random, depth - 1);
    case 17:
      return R"("contains": )" + random_schema(random, depth - 1) + R"(, "maxContains": )" + number(3);
    case 18:
      return R"("uniqueItems": true, "maxItems": 3)";
    case 19:
      return R"("unevaluatedProperties": )" + random_schema(random, 0);
    case 20:
      return R"("unevaluatedItems": )" + random_schema(random, 0);
    case 21:
      return R"("not": )" + random_schema(random, depth - 1);
    case 22:
      return R"("if": )" + random_schema(random, depth - 1) + R"(, "then": )" +
             random_schema(random, depth - 1) + R"(, "else": )" + random_schema(random, depth - 1);
    default:
      return std::string(below(random, 2) == 0 ? R"("anyOf": )" : R"("oneOf": )") +
             random_list(random, depth - 1);
  }
}

std::string random_schema(Random& random, int depth) {
  if (below(random, 8) == 0) return "true";
  if (below(random, 16) == 0) return "false";
  std::string schema = R"({"title": "")";
  for (size_t i = 0, count = 1 + below(random, 3); i < count; ++i) {
    const std::string keyword = random_keyword(random, depth);
    const std::string name = keyword.substr(0, keyword.find(':'));
    if (schema.find(name + ":") == schema.npos) schema += ", " + keyword;
  }
  return schema + "}";
}

std::string random_value(Random& random, int depth) {
  constexpr std::string_view kScalars[] = {"null", "true",  "false",  "0",      "1",       "2",
                                           "3",    R"("")", R"("a")", R"("b")", R"("ab")", "1.5"};
  const size_t which = below(random, depth > 0 ? std::size(kScalars) * 2 : std::size(kScalars));
  if (which < std::size(kScalars)) return std::string(kScalars[which]);
  const bool is_object = which % 2 == 0;
  std::string text(is_object ? "{" : "[");
  for (size_t i = 0, count = below(random, 4); i < count; ++i) {
    if (i > 0) text += ",";
    if (is_object) text += std::string("\"") + char('a' + i) + "\":";
    text += random_value(random, depth - 1);
  }
  return text + (is_object ? "}" : "]");
}

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

/// A text by chance, each byte one that the automaton allows; it comes to an end as closing is preferred.
std::string random_text(SchemaAutomaton& automaton, Random& random, size_t max_size, bool& is_stuck) {
  std::string text;
  StateId state = automaton.start();
  is_stuck = false;
  while (text.size() < max_size && !(automaton.accepts(state) && below(random, 2) == 0)) {
    std::vector<std::pair<uint8_t, StateId>> alive;
    const auto collect = [&](int begin, int end) {
      for (int byte = begin; byte < end; ++byte)
        if (const StateId next = automaton.step(state, uint8_t(byte)); next != kDeadState)
          alive.emplace_back(uint8_t(byte), next);
    };
    collect(0x20, 0x7F);
    if (alive.empty()) collect(0x7F, 0x100);
    is_stuck = alive.empty() && !automaton.accepts(state);
    if (alive.empty()) break;
    auto next = alive[below(random, alive.size())];
    for (const char wanted : std::string_view("0,:ab]}\""))
      for (const auto& one : alive)
        if (one.first == uint8_t(wanted) && below(random, 2) != 0) next = one;
    text.push_back(char(next.first));
    state = next.second;
  }
  return text;
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
        bool is_stuck = false;
        const std::string text = random_text(automaton, random, 200, is_stuck);
        ASSERT_FALSE(is_stuck) << schema << "\n" << text;
        if (text.size() >= 200) continue;
        ++num_whole;
        ASSERT_TRUE(holds(*program, text)) << schema << "\n" << text;
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
