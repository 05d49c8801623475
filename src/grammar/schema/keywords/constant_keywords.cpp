#include <array>
#include <set>
#include <tuple>

#include "grammar/regex/decimal.h"
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

Result<SchemaId> number_constant(KeywordContext& context, JsonId value) {
  SchemaNode node;
  node.types = kNumber;
  const std::string text(context.document().text(value));
  auto language = TRY(NumberLanguage::equal_to(text, context.reader.limits()));
  node.number = {std::make_shared<const NumberLanguage>(std::move(language)), {}, {text}};
  return context.reader.add(std::move(node));
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
  uint8_t types = 0;                 ///< of null, the booleans and strings
  std::vector<std::string> strings;  ///< which strings
  std::vector<SchemaId> others;      ///< a schema for each other value
};

Result<Choices> read_choices(KeywordContext& context, std::span<const JsonId> values) {
  Choices choices;
  std::set<std::tuple<bool, int64_t, std::string>> numbers;
  const auto& document = context.document();
  for (const JsonId value : values) {
    switch (document.kind(value)) {
      case JsonKind::kString:
        choices.strings.emplace_back(document.text(value));
        [[fallthrough]];
      case JsonKind::kNull:
      case JsonKind::kFalse:
      case JsonKind::kTrue:
        choices.types |= type_of(document.kind(value));
        break;
      case JsonKind::kNumber: {
        const Decimal number = TRY(Decimal::parse(document.text(value)));
        if (numbers.emplace(number.negative, number.exponent, number.digits).second)
          choices.others.push_back(TRY(number_constant(context, value)));
        break;
      }
      case JsonKind::kArray:
        choices.others.push_back(TRY(array_constant(context, value)));
        break;
      case JsonKind::kObject:
        choices.others.push_back(TRY(object_constant(context, value)));
        break;
    }
  }
  return choices;
}

/// Narrows a node to the simple ones of the choices.
Status narrow(KeywordContext& context, SchemaNode& node, const Choices& choices) {
  TextDfaPtr language;
  if (!choices.strings.empty()) language = TRY(literals_language(choices.strings, context.reader.limits()));
  node.types &= choices.types;
  if (!language) return {};
  if (!node.string) node.string.emplace();
  node.string->languages.push_back(std::move(language));
  return {};
}

Result<SchemaId> constant(KeywordContext& context, JsonId value) {
  const Choices choices = TRY(read_choices(context, std::span(&value, 1)));
  if (!choices.others.empty()) return choices.others.front();
  SchemaNode node;
  TRY(narrow(context, node, choices));
  return context.reader.add(std::move(node));
}

Status restrict_to(KeywordContext& context, std::span<const JsonId> values) {
  Choices choices = TRY(read_choices(context, values));
  if (choices.others.empty()) return narrow(context, context.node, choices);
  std::vector<SchemaId> alternatives = std::move(choices.others);
  if (context.reader.has_unevaluated()) {
    // Properties of a constant do not count as evaluated.
    for (SchemaId& alternative : alternatives) alternative = TRY(context.reader.silent(alternative));
  }
  if (choices.types != 0) {
    SchemaNode simple;
    TRY(narrow(context, simple, choices));
    alternatives.push_back(TRY(context.reader.add(std::move(simple))));
  }
  context.node.any_of.push_back(std::move(alternatives));
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
