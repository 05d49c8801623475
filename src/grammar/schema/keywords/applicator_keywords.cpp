#include "grammar/schema/schema_reader.h"
#include "grammar/schema/uri.h"

namespace hearth::grammar {

namespace {

Result<std::vector<SchemaId>> some_schemas(KeywordContext& context, JsonId value) {
  auto schemas = TRY(context.schemas_at(value));
  if (schemas.empty()) return fail(ErrorCode::kInvalidArgument, "must not be empty");
  return schemas;
}

Status read_all_of(KeywordContext& context, JsonId value) {
  const auto schemas = TRY(some_schemas(context, value));
  context.node.all_of.insert(context.node.all_of.end(), schemas.begin(), schemas.end());
  return {};
}

Status read_any_of(KeywordContext& context, JsonId value) {
  context.node.any_of.push_back(TRY(some_schemas(context, value)));
  return {};
}

Status read_one_of(KeywordContext& context, JsonId value) {
  context.node.one_of.push_back(TRY(some_schemas(context, value)));
  return {};
}

Status read_not(KeywordContext& context, JsonId value) {
  context.node.not_schema = TRY(context.schema_at(value));
  return {};
}

Status read_if(KeywordContext& context, JsonId value) {
  context.node.if_schema = TRY(context.schema_at(value));
  return {};
}

/// Without `if` they say nothing.
template <std::optional<SchemaId> SchemaNode::* branch>
Status read_branch(KeywordContext& context, JsonId value) {
  const SchemaId schema = TRY(context.schema_at(value));
  if (context.sibling("if")) context.node.*branch = schema;
  return {};
}

Result<std::string_view> reference_text(const KeywordContext& context, JsonId value) {
  if (!context.document().is(value, JsonKind::kString))
    return fail(ErrorCode::kInvalidArgument, "must be a string");
  return context.document().text(value);
}

Status apply(KeywordContext& context, JsonId target) {
  context.node.all_of.push_back(TRY(context.schema_at(target)));
  return {};
}

Status read_ref(KeywordContext& context, JsonId value) {
  return apply(context,
               TRY(context.reader.index().resolve(context.schema, TRY(reference_text(context, value)))));
}

/// Where the anchor that it leads to is a dynamic one, the outermost of its name.
Status read_dynamic_ref(KeywordContext& context, JsonId value) {
  const std::string_view reference = TRY(reference_text(context, value));
  SchemaIndex& index = context.reader.index();
  const JsonId target = TRY(index.resolve(context.schema, reference));
  const auto& anchors = index.resource(index.resource_of(target)).dynamic_anchors;
  const auto anchor = anchors.find(fragment_of(reference));
  const bool dynamic = anchor != anchors.end() && anchor->second == target && !fragment_of(reference).empty();
  const auto outermost =
      dynamic ? context.reader.scopes().find(context.scope, fragment_of(reference)) : std::nullopt;
  return apply(context, outermost.value_or(target));
}

/// 2019-09: the outermost resource whose root has `$recursiveAnchor`, where the own root has it.
Status read_recursive_ref(KeywordContext& context, JsonId value) {
  const std::string_view reference = TRY(reference_text(context, value));
  if (reference != "#") return fail(ErrorCode::kInvalidArgument, "must be \"#\"");
  SchemaIndex& index = context.reader.index();
  const JsonId target = TRY(index.resolve(context.schema, reference));
  const bool dynamic = index.resource(index.resource_of(target)).dynamic_anchors.contains("");
  const auto outermost = dynamic ? context.reader.scopes().find(context.scope, "") : std::nullopt;
  return apply(context, outermost.value_or(target));
}

}  // namespace

std::span<const Keyword> applicator_keywords() {
  static constexpr Keyword kKeywords[] = {
      {"$ref", read_ref},
      {"$dynamicRef", read_dynamic_ref, Draft::k2020},
      {"$recursiveRef", read_recursive_ref, Draft::k2019, Draft::k2019},
      {"allOf", read_all_of},
      {"anyOf", read_any_of},
      {"oneOf", read_one_of},
      {"not", read_not},
      {"if", read_if, Draft::k7},
      {"then", read_branch<&SchemaNode::then_schema>, Draft::k7},
      {"else", read_branch<&SchemaNode::else_schema>, Draft::k7},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
