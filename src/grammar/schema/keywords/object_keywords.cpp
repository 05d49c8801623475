#include <algorithm>
#include <iterator>

#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

Result<std::span<const JsonDocument::Member>> members(const KeywordContext& context, JsonId value) {
  if (!context.document().is(value, JsonKind::kObject))
    return fail(ErrorCode::kInvalidArgument, "must be an object");
  return context.document().members(value);
}

/// Of something inside of a keyword's object.
std::unexpected<Error> under(const JsonDocument& document, JsonId key, Error error) {
  error.message = fmt::format("under \"{}\": {}", document.text(key).substr(0, 64), error.message);
  return std::unexpected(std::move(error));
}

Status read_properties(KeywordContext& context, JsonId value) {
  std::vector<std::pair<std::string, SchemaId>> properties;
  for (const auto& [key, schema] : TRY(members(context, value))) {
    const auto id = context.schema_at(schema);
    if (!id) return under(context.document(), key, id.error());
    properties.emplace_back(context.document().text(key), *id);
  }
  context.object().properties = std::move(properties);
  return {};
}

Status read_pattern_properties(KeywordContext& context, JsonId value) {
  std::vector<std::pair<TextDfaPtr, SchemaId>> properties;
  for (const auto& [key, schema] : TRY(members(context, value))) {
    const auto id = context.schema_at(schema);
    if (!id) return under(context.document(), key, id.error());
    const auto language = context.reader.pattern(context.document().text(key));
    if (!language) return under(context.document(), key, language.error());
    properties.emplace_back(*language, *id);
  }
  context.object().pattern_properties = std::move(properties);
  return {};
}

Status read_additional_properties(KeywordContext& context, JsonId value) {
  const SchemaId additional = TRY(context.schema_at(value));
  context.object().additional = additional;
  context.object().has_additional = true;
  return {};
}

Status read_property_names(KeywordContext& context, JsonId value) {
  const SchemaId names = TRY(context.schema_at(value));
  context.object().property_names = names;
  return {};
}

Status read_unevaluated_properties(KeywordContext& context, JsonId value) {
  const SchemaId unevaluated = TRY(context.schema_at(value));
  context.object().unevaluated_properties = unevaluated;
  return {};
}

Status read_required(KeywordContext& context, JsonId value) {
  auto required = TRY(context.names(value));
  context.object().required = std::move(required);
  return {};
}

Status read_min_properties(KeywordContext& context, JsonId value) {
  const uint64_t least = TRY(context.count(value));
  context.object().min_properties = least;
  return {};
}

Status read_max_properties(KeywordContext& context, JsonId value) {
  const uint64_t most = TRY(context.count(value));
  context.object().max_properties = most;
  return {};
}

/// Both kinds of dependencies; which may stand here, the keyword says.
Status read_dependents(KeywordContext& context, JsonId value, bool names, bool schemas) {
  ObjectRule rule;
  for (const auto& [key, dependent] : TRY(members(context, value))) {
    const std::string name(context.document().text(key));
    if (names && (!schemas || context.document().is(dependent, JsonKind::kArray))) {
      auto required = context.names(dependent);
      if (!required) return under(context.document(), key, required.error());
      rule.dependent_required.emplace_back(name, std::move(*required));
    } else {
      const auto id = context.schema_at(dependent);
      if (!id) return under(context.document(), key, id.error());
      rule.dependent_schemas.emplace_back(name, *id);
    }
  }
  ObjectRule& object = context.object();
  std::ranges::move(rule.dependent_required, std::back_inserter(object.dependent_required));
  std::ranges::move(rule.dependent_schemas, std::back_inserter(object.dependent_schemas));
  return {};
}

Status read_dependent_required(KeywordContext& context, JsonId value) {
  return read_dependents(context, value, true, false);
}
Status read_dependent_schemas(KeywordContext& context, JsonId value) {
  return read_dependents(context, value, false, true);
}
Status read_dependencies(KeywordContext& context, JsonId value) {
  return read_dependents(context, value, true, true);
}

}  // namespace

std::span<const Keyword> object_keywords() {
  static constexpr Keyword kKeywords[] = {
      {"properties", read_properties},
      {"patternProperties", read_pattern_properties},
      {"additionalProperties", read_additional_properties},
      {"propertyNames", read_property_names, Draft::k6},
      {"unevaluatedProperties", read_unevaluated_properties, Draft::k2019},
      {"required", read_required, Draft::k4, Draft::k2020, true},
      {"minProperties", read_min_properties, Draft::k4, Draft::k2020, true},
      {"maxProperties", read_max_properties, Draft::k4, Draft::k2020, true},
      {"dependentRequired", read_dependent_required, Draft::k2019, Draft::k2020, true},
      {"dependentSchemas", read_dependent_schemas, Draft::k2019},
      {"dependencies", read_dependencies},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
