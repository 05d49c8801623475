#include "grammar/schema/read_schema.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/schema/schema_error.h"
#include "grammar/testing/evaluate.h"

namespace hearth::grammar {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SchemaProgram read(std::string text, const ReadSchemaOptions& options = {}) {
  auto program = read_json_schema(std::move(text), options, Limits());
  EXPECT_TRUE(program.has_value()) << program.error().message;
  return program ? std::move(*program) : SchemaProgram();
}

Error error_of(const std::string& text, const ReadSchemaOptions& options = {}) {
  const auto program = read_json_schema(text, options, Limits());
  EXPECT_FALSE(program.has_value()) << text.substr(0, 200);
  return program ? Error() : program.error();
}

bool holds(const SchemaProgram& program, std::string text) {
  JsonDocument document;
  const auto value = document.add(std::move(text), Limits());
  EXPECT_TRUE(value.has_value());
  return value && evaluate(program, document, *value);
}

struct BadSchema {
  std::string_view schema, keyword, place;
};

TEST(ReadSchema, NamesKeywordAndPlaceOfMalformedSchemas) {
  const BadSchema kSchemas[] = {
      {R"({"type": 3})", "\"type\"", "#"},
      {R"({"type": "strng"})", "\"type\"", "#"},
      {R"({"type": ["string", null]})", "\"type\"", "#"},
      {R"({"properties": {"a": {"required": "a"}}})", "\"required\"", "#/properties/a"},
      {R"({"required": [1]})", "\"required\"", "#"},
      {R"({"required": true})", "\"required\"", "#"},
      {R"({"properties": []})", "\"properties\"", "#"},
      {R"({"properties": {"a": 3}})", "\"properties\"", "#"},
      {R"({"items": {"pattern": "("}})", "\"pattern\"", "#/items"},
      {R"({"pattern": 3})", "\"pattern\"", "#"},
      {R"({"patternProperties": {"[": {}}})", "\"patternProperties\"", "#"},
      {R"({"minLength": -1})", "\"minLength\"", "#"},
      {R"({"maxLength": 1.5})", "\"maxLength\"", "#"},
      {R"({"minItems": "3"})", "\"minItems\"", "#"},
      {R"({"maxItems": null})", "\"maxItems\"", "#"},
      {R"({"minContains": -1})", "\"minContains\"", "#"},
      {R"({"contains": 3})", "\"contains\"", "#"},
      {R"({"uniqueItems": 1})", "\"uniqueItems\"", "#"},
      {R"({"minProperties": {}})", "\"minProperties\"", "#"},
      {R"({"minimum": "1"})", "\"minimum\"", "#"},
      {R"({"multipleOf": 0})", "\"multipleOf\"", "#"},
      {R"({"multipleOf": -2})", "\"multipleOf\"", "#"},
      {R"({"enum": "a"})", "\"enum\"", "#"},
      {R"({"allOf": {}})", "\"allOf\"", "#"},
      {R"({"anyOf": []})", "\"anyOf\"", "#"},
      {R"({"oneOf": [{}, 1]})", "\"oneOf\"", "#"},
      {R"({"not": "x"})", "\"not\"", "#"},
      {R"({"if": []})", "\"if\"", "#"},
      {R"({"format": 1})", "\"format\"", "#"},
      {R"({"additionalProperties": "no"})", "\"additionalProperties\"", "#"},
      {R"({"propertyNames": 1})", "\"propertyNames\"", "#"},
      {R"({"dependentRequired": {"a": "b"}})", "\"dependentRequired\"", "#"},
      {R"({"dependentSchemas": {"a": ["b"]}})", "\"dependentSchemas\"", "#"},
      {R"({"unevaluatedItems": 1})", "\"unevaluatedItems\"", "#"},
      {R"({"$ref": 1})", "\"$ref\"", "#"},
      {R"({"a": {}, "allOf": [{"$ref": "#/b"}]})", "\"$ref\"", "#/allOf/0"},
      {R"({"$ref": "#nowhere"})", "\"$ref\"", "#"},
      {R"({"$ref": "#/%zz"})", "\"$ref\"", "#"},
      {R"({"title": "x", "$ref": "#/title"})", "\"$ref\"", "#"},
      {R"({"$id": 1})", "\"$id\"", "#"},
      {R"({"$anchor": ""})", "\"$anchor\"", "#"},
      {R"({"$schema": 1})", "\"$schema\"", "#"},
      {R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]})", "\"items\"", "#"},
      {R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "exclusiveMinimum": true})",
       "\"exclusiveMinimum\"", "#"},
      {R"({"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": 1})",
       "\"exclusiveMinimum\"", "#"},
  };
  for (const BadSchema& bad : kSchemas) {
    const Error error = error_of(std::string(bad.schema));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << bad.schema;
    EXPECT_EQ("\"" + std::string(keyword_of(error)) + "\"", bad.keyword) << error.message;
    EXPECT_THAT(error.message, HasSubstr(" at " + std::string(bad.place) + ": "));
  }
  for (const std::string_view text : {"3", "\"x\"", "[]", "null", "{", ""})
    EXPECT_EQ(error_of(std::string(text)).code, ErrorCode::kInvalidArgument) << text;
}

TEST(ReadSchema, RefusesReferencesToOtherDocumentsByUrl) {
  const std::string schema =
      R"({"properties": {"a": {"$ref": "http://other.org/a.json#/b"}, "c": {"type": "null"}}})";
  const Error error = error_of(schema);
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("\"$ref\" at #/properties/a"), HasSubstr("http://other.org/a.json")));
  EXPECT_FALSE(error.hint.empty());

  const SchemaProgram tolerated = read(schema, {.tolerant = true});
  EXPECT_THAT(tolerated.warnings,
              ElementsAre(AllOf(HasSubstr("\"$ref\" at #/properties/a"), HasSubstr("ignored"))));
  EXPECT_TRUE(holds(tolerated, R"({"a": 1})"));
  EXPECT_FALSE(holds(tolerated, R"({"c": 1})"));

  const SchemaProgram given =
      read(schema, {.documents = {{"http://other.org/a.json", R"({"b": {"type": "string"}})"}}});
  EXPECT_THAT(given.warnings, IsEmpty());
  EXPECT_FALSE(holds(given, R"({"a": 1})"));
}

TEST(ReadSchema, TolerantForgivesNothingMalformed) {
  EXPECT_EQ(error_of(R"({"type": 3})", {.tolerant = true}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of(R"({"pattern": "("})", {.tolerant = true}).code, ErrorCode::kInvalidArgument);
}

TEST(ReadSchema, RefusesLoopsThroughOneValue) {
  for (
      const std::string_view schema :
      {R"({"$ref": "#"})",
       R"({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"})",
       R"({"anyOf": [{"type": "null"}, {"not": {"$ref": "#"}}]})", R"({"if": {"$ref": "#"}})",
       R"({"dependentSchemas": {"a": {"$ref": "#"}}})"}) {
    const Error error = error_of(std::string(schema));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << schema;
    EXPECT_THAT(error.message, HasSubstr("leads back")) << schema;
  }
}

TEST(ReadSchema, WarnsOfUnknownFormatsAndNullable) {
  const SchemaProgram program =
      read(R"({"properties": {"a": {"format": "color"}, "b": {"nullable": true, "type": "string"}}})");
  EXPECT_THAT(program.warnings, testing::UnorderedElementsAre(
                                    AllOf(HasSubstr("\"format\" at #/properties/a"), HasSubstr("color")),
                                    HasSubstr("\"nullable\" at #/properties/b")));
  EXPECT_TRUE(holds(program, R"({"a": "x"})"));
  EXPECT_FALSE(holds(program, R"({"b": null})"));
}

TEST(ReadSchema, WarnsOfUnknownDialects) {
  EXPECT_THAT(read(R"({"$schema": "http://json-schema.org/draft-03/schema#", "type": "null"})").warnings,
              ElementsAre(HasSubstr("\"$schema\" at #: ")));
  EXPECT_THAT(read(R"({"$schema": "https://json-schema.org/draft-07/schema", "type": "null"})").warnings,
              IsEmpty());
}

TEST(ReadSchema, FormatsMayBeAnnotations) {
  EXPECT_TRUE(holds(read(R"({"format": "date"})", {.assert_formats = false}), R"("x")"));
}

TEST(ReadSchema, QuotesComeFromTheCaller) {
  class Maker : public TextLanguageMaker {
   public:
    std::unique_ptr<TextLanguage> make() const override { return nullptr; }
  };
  std::vector<std::string> seen;
  ReadSchemaOptions options;
  options.quote = [&](std::string_view json) -> Result<std::shared_ptr<const TextLanguageMaker>> {
    seen.emplace_back(json);
    if (json == "1") return fail(ErrorCode::kInvalidArgument, "must be an object");
    return std::make_shared<const Maker>();
  };
  const std::string schema = R"({"items": {"x-hearth-quote": {"documents":  ["a"]}}})";
  const SchemaProgram program = read(schema, options);
  EXPECT_THAT(seen, ElementsAre(R"({"documents":  ["a"]})"));
  const ArrayRule& array = *program.schemas[program.root].array;
  EXPECT_EQ(program.schemas[array.items].string->makers.size(), 1u);
  EXPECT_THAT(error_of(R"({"x-hearth-quote": 1})", options).message, HasSubstr("\"x-hearth-quote\" at #"));
  EXPECT_EQ(error_of(schema).code, ErrorCode::kUnsupported);
}

TEST(ReadSchema, DescriptionsChangeNothing) {
  const SchemaProgram bare =
      read(R"({"properties": {"a": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"type": "string"}}})");
  const SchemaProgram described = read(
      R"({"title": "t", "description": "{\"type\": 3}", "properties": {"a": {"$ref": "#/$defs/d", "description": "d"}},
          "$defs": {"d": {"type": "string", "examples": [3], "deprecated": true, "$comment": "c"}}})");
  EXPECT_EQ(bare.schemas.size(), described.schemas.size());
  EXPECT_THAT(described.warnings, IsEmpty());
}

TEST(ReadSchema, LargeSchemasAreReadInLinearTime) {
  std::string properties = "{\"properties\": {";
  for (int i = 0; i < 100'000; ++i)
    properties += (i ? ", \"p" : "\"p") + std::to_string(i) + R"(": {"$ref": "#/properties/p)" +
                  std::to_string(i / 2) + "\"}";
  // The first one leads to itself.
  const auto loop = properties.find(R"({"$ref": "#/properties/p0"})");
  properties.replace(loop, 27, "{}");
  const auto chained = read_json_schema(properties + "}}", {}, {.max_source_size = size_t(16) << 20});
  EXPECT_TRUE(chained.has_value()) << chained.error().message;

  std::string values = "{\"enum\": [";
  for (int i = 0; i < 1'000'000; ++i) values += (i ? ",\"" : "\"") + std::to_string(i) + "\"";
  const auto many = read_json_schema(values + "]}", {}, {.max_source_size = size_t(16) << 20});
  ASSERT_TRUE(many.has_value()) << many.error().message;
  EXPECT_TRUE(holds(*many, "\"999999\""));
  EXPECT_FALSE(holds(*many, "\"1000000\""));
}

TEST(ReadSchema, HostileSchemasAreRefused) {
  const auto repeated = [](std::string_view before, std::string_view inner, std::string_view after,
                           int times) {
    std::string text(inner);
    for (int i = 0; i < times; ++i) text += after;
    std::string all;
    for (int i = 0; i < times; ++i) all += before;
    return all + text;
  };
  EXPECT_EQ(error_of(repeated("{\"items\":", "{}", "}", 100'000)).code, ErrorCode::kResourceLimit);
  EXPECT_EQ(error_of(repeated("{\"allOf\":[", "{}", "]}", 100'000)).code, ErrorCode::kResourceLimit);
  std::string chain = "{\"$ref\": \"#/$defs/0\", \"$defs\": {";
  for (int i = 0; i < 10'000; ++i)
    chain += "\"" + std::to_string(i) + "\": {\"minimum\": 1, \"$ref\": \"#/$defs/" + std::to_string(i + 1) +
             "\"}, ";
  EXPECT_EQ(error_of(chain + "\"10000\": {}}}").code, ErrorCode::kResourceLimit);
}

TEST(ReadSchema, ScopesOfDynamicAnchorsAreBounded) {
  // Each resource enters the next one, and has an anchor of its own.
  std::string text = R"({"$ref": "r0", "$defs": {)";
  for (int i = 0; i < 2000; ++i) {
    const std::string name = std::to_string(i);
    text += fmt::format(R"({}"{}": {{"$id": "r{}", "$dynamicAnchor": "a{}", "items": {{"$ref": "r{}"}}}})",
                        i ? ", " : "", name, name, name, (i + 1) % 2000);
  }
  const Error error = error_of(text + "}}");
  EXPECT_EQ(error.code, ErrorCode::kResourceLimit);
  EXPECT_THAT(error.message, HasSubstr("dynamic anchors"));
}

TEST(ReadSchema, DeepAndWideSchemasTakeBoundedTime) {
  std::string text = "{\"allOf\": [";
  for (int i = 0; i < 50'000; ++i) text += i ? R"(, {"not": {}})" : R"({"not": {}})";
  text += "]}";
  for (int i = 0; i < 120; ++i) text = R"({"items": )" + text + "}";
  const auto program = read_json_schema(text, {}, Limits());
  EXPECT_TRUE(program.has_value()) << program.error().message;
}

TEST(ReadSchema, PatternsAndNumbersShareTheirFuel) {
  const auto many = [](auto schema) {
    std::string text = "{\"allOf\": [";
    for (int i = 0; i < 2000; ++i) text += (i ? ", " : "") + schema(std::to_string(i));
    return text + "]}";
  };
  const Limits limits = {.compile_fuel = 1'000'000};
  const auto patterns = read_json_schema(
      many([](const std::string& i) { return R"({"pattern": "(a|b){1,20}x)" + i + "\"}"; }), {}, limits);
  ASSERT_FALSE(patterns.has_value());
  EXPECT_EQ(patterns.error().code, ErrorCode::kResourceLimit);
  EXPECT_EQ(keyword_of(patterns.error()), "pattern");
  const auto numbers = read_json_schema(
      many([](const std::string& i) { return R"({"multipleOf": 1)" + i + "}"; }), {}, limits);
  ASSERT_FALSE(numbers.has_value());
  EXPECT_EQ(keyword_of(numbers.error()), "multipleOf");
}

}  // namespace
}  // namespace hearth::grammar
