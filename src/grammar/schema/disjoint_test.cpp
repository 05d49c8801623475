#include "grammar/schema/disjoint.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "grammar/schema/read_schema.h"

namespace hearth::grammar {
namespace {

/// Whether the root's `oneOf` was found to be disjoint: what stands for it then is "any".
bool is_any(std::string_view branches, std::string_view definitions = "{}") {
  auto program = read_json_schema(
      R"({"$defs": )" + std::string(definitions) + R"(, "oneOf": )" + std::string(branches) + "}", {},
      Limits());
  EXPECT_TRUE(program.has_value()) << branches;
  const SchemaNode& root = program->schemas[program->root];
  EXPECT_EQ(root.one_of.size() + root.any_of.size(), 1u) << branches;
  return !root.any_of.empty();
}

TEST(Disjoint, TypesAndConstantsTell) {
  EXPECT_TRUE(is_any(R"([{"type": "string"}, {"type": ["number", "null"]}, {"type": "object"}])"));
  EXPECT_TRUE(is_any(
      R"([{"const": "a"}, {"enum": ["b", "ab"]}, {"const": 1}, {"enum": [1.5, true]}, {"const": ""}])"));
  EXPECT_TRUE(is_any(R"([{"const": 1}, {"const": 10}, {"const": -1}, {"const": 0.1}])"));
  EXPECT_FALSE(is_any(R"([{"const": "a"}, {"enum": ["b", "a"]}])"));
  EXPECT_FALSE(is_any(R"([{"const": 1}, {"const": 1.0}])"));
  EXPECT_FALSE(is_any(R"([{"const": 100}, {"const": 1e2}])"));
  EXPECT_FALSE(is_any(R"([{"type": "string"}, {"const": "a"}])"));
  EXPECT_FALSE(is_any(R"([{"type": "number"}, {"type": "integer"}])"));
  EXPECT_FALSE(is_any(R"([{"pattern": "^[ab]$", "type": "string"}, {"const": "b"}])"));
  EXPECT_FALSE(is_any(R"([{"minItems": 2, "type": "array"}, {"maxItems": 1, "type": "array"}])"));
  EXPECT_FALSE(is_any(R"([{"minimum": 2}, {"type": "null"}])")) << "a string is of the first, null of both";
}

TEST(Disjoint, RequiredPropertiesTell) {
  constexpr std::string_view kDefinitions = R"({
    "a": {"type": "object", "properties": {"k": {"const": "a"}, "v": {"const": 1}}, "required": ["v", "k"]},
    "b": {"type": "object", "properties": {"k": {"enum": ["b", "c"]}, "v": {"const": 1}}, "required": ["k", "v"]},
    "open": {"type": "object", "properties": {"k": {"const": "o"}, "v": {"const": 1}}, "required": ["v"]},
    "base": {"required": ["k"]}, "in": {"properties": {"o": {"$ref": "#/$defs/a"}}, "required": ["o"], "type": "object"}})";
  EXPECT_TRUE(is_any(R"([{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}])", kDefinitions));
  EXPECT_TRUE(is_any(
      R"([{"allOf": [{"$ref": "#/$defs/a"}], "minProperties": 1}, {"$ref": "#/$defs/b"}, {"type": "null"}])",
      kDefinitions));
  EXPECT_TRUE(is_any(
      R"([{"$ref": "#/$defs/in"}, {"properties": {"o": {"$ref": "#/$defs/b"}}, "required": ["o"], "type": "object"}])",
      kDefinitions));
  EXPECT_TRUE(
      is_any(R"([{"$ref": "#/$defs/a"}, {"allOf": [{"$ref": "#/$defs/open"}, {"$ref": "#/$defs/base"}]}])",
             kDefinitions));
  EXPECT_FALSE(is_any(R"([{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/open"}])", kDefinitions))
      << "k may be left out";
  EXPECT_FALSE(
      is_any(R"([{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}])", kDefinitions));
  EXPECT_FALSE(is_any(
      R"([{"$ref": "#/$defs/a"}, {"required": ["k"], "properties": {"k": {"const": "b"}}, "items": {}}, true])",
      kDefinitions));
}

TEST(Disjoint, StopsWithTheFuel) {
  std::string branches = "[";
  for (int i = 0; i < 500; ++i)
    branches += (i > 0 ? "," : "") + (R"({"const": "k)" + std::to_string(i) + "\"}");
  auto program = read_json_schema(R"({"oneOf": )" + branches + "]}", {}, Limits());
  ASSERT_TRUE(program.has_value());
  const SchemaNode& root = program->schemas[program->root];
  ASSERT_EQ(root.any_of.size(), 1u);
  Fuel enough{100'000, false}, little{1000, false};
  EXPECT_TRUE(are_disjoint(*program, root.any_of[0], enough));
  EXPECT_FALSE(are_disjoint(*program, root.any_of[0], little));
}

}  // namespace
}  // namespace hearth::grammar
