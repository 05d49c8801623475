#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

/// Up to 2019-09 a list of schemas is what `prefixItems` is now.
Status read_items(KeywordContext& context, JsonId value) {
  if (context.document().is(value, JsonKind::kArray)) {
    if (context.dialect.is(Draft::k2020) && !context.dialect.any_draft)
      return fail(ErrorCode::kInvalidArgument, "must be a schema; for a list of them, use \"prefixItems\"");
    auto schemas = TRY(context.schemas_at(value));
    context.array().prefix_items = std::move(schemas);
    return {};
  }
  const SchemaId items = TRY(context.schema_at(value));
  context.array().items = items;
  context.array().has_items = true;
  return {};
}

Status read_prefix_items(KeywordContext& context, JsonId value) {
  auto schemas = TRY(context.schemas_at(value));
  context.array().prefix_items = std::move(schemas);
  return {};
}

/// Says something only beside a list of `items`.
Status read_additional_items(KeywordContext& context, JsonId value) {
  const SchemaId items = TRY(context.schema_at(value));
  const auto list = context.sibling("items");
  if (!list || !context.document().is(*list, JsonKind::kArray)) return {};
  context.array().items = items;
  context.array().has_items = true;
  return {};
}

Status read_unevaluated_items(KeywordContext& context, JsonId value) {
  context.array().unevaluated_items = TRY(context.schema_at(value));
  return {};
}

/// What it accepts counts as evaluated from 2020-12 on.
Status read_contains(KeywordContext& context, JsonId value) {
  const SchemaId contains = TRY(context.schema_at(value));
  ArrayRule rule;
  rule.contains = contains;
  const bool counted = context.dialect.since(Draft::k2019);
  if (const auto least = counted ? context.sibling("minContains") : std::nullopt)
    rule.min_contains = TRY(context.count(*least));
  if (const auto most = counted ? context.sibling("maxContains") : std::nullopt)
    rule.max_contains = TRY(context.count(*most));
  if (context.dialect.is(Draft::k2019) && context.reader.has_unevaluated()) {
    SchemaNode node;
    node.array = std::move(rule);
    context.node.all_of.push_back(TRY(context.reader.silent(TRY(context.reader.add(std::move(node))))));
    return {};
  }
  ArrayRule& array = context.array();
  array.contains = rule.contains;
  array.min_contains = rule.min_contains;
  array.max_contains = rule.max_contains;
  return {};
}

/// Read with `contains`; without it, they must only be counts.
Status read_contains_bound(KeywordContext& context, JsonId value) {
  TRY(context.count(value));
  return {};
}

Status read_min_items(KeywordContext& context, JsonId value) {
  context.array().min_items = TRY(context.count(value));
  return {};
}

Status read_max_items(KeywordContext& context, JsonId value) {
  context.array().max_items = TRY(context.count(value));
  return {};
}

Status read_unique_items(KeywordContext& context, JsonId value) {
  const bool unique = context.document().is(value, JsonKind::kTrue);
  if (!unique && !context.document().is(value, JsonKind::kFalse))
    return fail(ErrorCode::kInvalidArgument, "must be a boolean");
  if (unique) context.array().unique = true;
  return {};
}

}  // namespace

std::span<const Keyword> array_keywords() {
  static constexpr Keyword kKeywords[] = {
      {"items", read_items},
      {"prefixItems", read_prefix_items, Draft::k2020},
      {"additionalItems", read_additional_items, Draft::k4, Draft::k2019},
      {"unevaluatedItems", read_unevaluated_items, Draft::k2019},
      {"contains", read_contains, Draft::k6},
      {"minContains", read_contains_bound, Draft::k2019, Draft::k2020, true},
      {"maxContains", read_contains_bound, Draft::k2019, Draft::k2020, true},
      {"minItems", read_min_items, Draft::k4, Draft::k2020, true},
      {"maxItems", read_max_items, Draft::k4, Draft::k2020, true},
      {"uniqueItems", read_unique_items, Draft::k4, Draft::k2020, true},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
