#include <algorithm>
#include <array>

#include "grammar/regex/languages.h"
#include "grammar/regex/number_language.h"
#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

Result<SchemaId> constant(KeywordContext& context, JsonId value);

uint8_t type_of(JsonKind kind) {
  static constexpr std::array<uint8_t, 7> kTypes = {kNull, kFalse, kTrue, kNumber, kString, kArray, kObject};
  return kTypes[size_t(kind)];
}

Result<SchemaId> array_constant(KeywordContext& context, JsonId value) {
  SchemaNode node;
  node.types = kArray;
  ArrayRule rule;
  for (const JsonId item : context.document().items(value))
    rule.prefix_items.push_back(TRY(constant(context, item)));
  rule.min_items = rule.max_items = rule.prefix_items.size();
  rule.items = kFalseSchema;
  rule.has_items = true;
  node.array = std::move(rule);
  return context.reader.add(std::move(node));
}

Result<SchemaId> object_constant(KeywordContext& context, JsonId value) {
  SchemaNode node;
  node.types = kObject;
  ObjectRule rule;
  for (const auto& member : context.document().members(value)) {
    std::string name(context.document().text(member.key));
    rule.properties.emplace_back(name, TRY(constant(context, member.value)));
    rule.required.push_back(std::move(name));
  }
  rule.additional = kFalseSchema;
  rule.has_additional = true;
  node.object = std::move(rule);
  return context.reader.add(std::move(node));
}

/// The values of an enum, by how they are told apart.
struct Choices {
  uint8_t types = 0;  ///< of all but arrays and objects
  std::vector<std::string> strings, numbers;
  std::vector<SchemaId> others;  ///< a schema for each array and object
};

Result<Choices> read_choices(KeywordContext& context, std::span<const JsonId> values) {
  Choices choices;
  const auto& document = context.document();
  for (const JsonId value : values) {
    switch (document.kind(value)) {
      case JsonKind::kNull:
      case JsonKind::kFalse:
      case JsonKind::kTrue:
        break;
      case JsonKind::kString:
        choices.strings.emplace_back(document.text(value));
        break;
      case JsonKind::kNumber:
        choices.numbers.emplace_back(document.text(value));
        break;
      case JsonKind::kArray:
        choices.others.push_back(TRY(array_constant(context, value)));
        continue;
      case JsonKind::kObject:
        choices.others.push_back(TRY(object_constant(context, value)));
        continue;
    }
    choices.types |= type_of(document.kind(value));
  }
  return choices;
}

/// A schema of the simple ones of the choices.
Result<SchemaNode> simple_choices(KeywordContext& context, Choices choices) {
  SchemaNode node;
  node.types = choices.types;
  const Limits& limits = context.reader.limits();
  if (!choices.strings.empty())
    node.string.emplace().languages.push_back(TRY(literals_language(choices.strings, limits)));
  if (!choices.numbers.empty()) {
    auto language = TRY(NumberLanguage::one_of(choices.numbers, limits));
    node.number = NumberRule{
        std::make_shared<const NumberLanguage>(std::move(language)), {}, std::move(choices.numbers)};
  }
  return node;
}

Result<SchemaId> constant(KeywordContext& context, JsonId value) {
  Choices choices = TRY(read_choices(context, std::span(&value, 1)));
  if (!choices.others.empty()) return choices.others.front();
  return context.reader.add(TRY(simple_choices(context, std::move(choices))));
}

Status restrict_to(KeywordContext& context, std::span<const JsonId> values) {
  Choices choices = TRY(read_choices(context, values));
  std::vector<SchemaId> alternatives = std::move(choices.others);
  if (context.reader.has_unevaluated()) {
    // Properties of a constant do not count as evaluated.
    for (SchemaId& alternative : alternatives) alternative = TRY(context.reader.silent(alternative));
  }
  const bool numbers = !choices.numbers.empty();
  SchemaNode simple = TRY(simple_choices(context, std::move(choices)));
  SchemaNode& node = context.node;
  if (alternatives.empty() && !numbers) {
    // The usual case: the schema itself is narrowed.
    node.types &= simple.types;
    if (simple.string) context.string().languages.push_back(std::move(simple.string->languages.front()));
    return {};
  }
  if (simple.types != 0) alternatives.push_back(TRY(context.reader.add(std::move(simple))));
  if (alternatives.size() == 1) {
    node.all_of.push_back(alternatives.front());
  } else {
    node.any_of.push_back(std::move(alternatives));
  }
  return {};
}

Status read_const(KeywordContext& context, JsonId value) {
  return restrict_to(context, std::span(&value, 1));
}

Status read_enum(KeywordContext& context, JsonId value) {
  if (!context.document().is(value, JsonKind::kArray))
    return fail(ErrorCode::kInvalidArgument, "must be an array");
  return restrict_to(context, context.document().items(value));
}

Status read_type(KeywordContext& context, JsonId value) {
  struct Name {
    std::string_view name;
    uint8_t types;
  };
  static constexpr std::array<Name, 7> kNames = {{{"null", kNull},
                                                  {"boolean", kBoolean},
                                                  {"number", kNumber},
                                                  {"integer", kNumber},
                                                  {"string", kString},
                                                  {"array", kArray},
                                                  {"object", kObject}}};
  const auto& document = context.document();
  const bool is_list = document.is(value, JsonKind::kArray);
  const auto values = is_list ? document.items(value) : std::span(&value, 1);
  uint8_t types = 0;
  bool integers = false, numbers = false;
  for (const JsonId one : values) {
    const std::string_view name =
        document.is(one, JsonKind::kString) ? document.text(one) : std::string_view();
    const auto found = std::ranges::find(kNames, name, &Name::name);
    if (found == kNames.end())
      return fail(ErrorCode::kInvalidArgument, "{} is no type", document.source(one).substr(0, 64));
    types |= found->types;
    integers = integers || name == "integer";
    numbers = numbers || name == "number";
  }
  context.node.types &= types;
  if (integers && !numbers) context.bounds.integer = true;
  if (integers && !numbers && context.dialect.is(Draft::k4)) context.bounds.no_point = true;
  return {};
}

Status read_nullable(KeywordContext& context, JsonId) {
  context.reader.warn(fmt::format(
      "JSON schema, \"nullable\" at {}: is of OpenAPI, not of JSON Schema; ignored, as an annotation",
      context.reader.index().place(context.schema)));
  return {};
}

}  // namespace

std::span<const Keyword> constant_keywords() {
  static constexpr Keyword kKeywords[] = {
      {"type", read_type, Draft::k4, Draft::k2020, true},
      {"enum", read_enum, Draft::k4, Draft::k2020, true},
      {"const", read_const, Draft::k6, Draft::k2020, true},
      {"nullable", read_nullable},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
