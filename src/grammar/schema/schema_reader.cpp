#include "grammar/schema/schema_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "grammar/regex/decimal.h"
#include "grammar/regex/languages.h"
#include "grammar/regex/number_language.h"
#include "grammar/schema/metaschemas.h"
#include "grammar/schema/schema_error.h"

namespace hearth::grammar {

namespace {

constexpr size_t kMaxWarnings = 100;

using Keywords = std::map<std::string_view, Keyword>;

const Keywords& all_keywords() {
  static const Keywords kAll = [] {
    Keywords all;
    for (const auto keywords : {number_keywords(), string_keywords(), array_keywords(), object_keywords(),
                                applicator_keywords(), constant_keywords()}) {
      for (const Keyword& keyword : keywords) all.emplace(keyword.name, keyword);
    }
    return all;
  }();
  return kAll;
}

/// The keyword that `name` is in a dialect.
const Keyword* find_keyword(std::string_view name, const Dialect& dialect) {
  const auto found = all_keywords().find(name);
  if (found == all_keywords().end()) return nullptr;
  const Keyword& keyword = found->second;
  const bool in_draft = dialect.since(keyword.first) && dialect.draft <= keyword.last;
  if (!in_draft && !dialect.any_draft) return nullptr;
  return keyword.validates && !dialect.validates ? nullptr : &keyword;
}

/// The keyword to name where numbers are refused: what costs most.
std::string_view first_bound(const NumberBounds& bounds) {
  if (bounds.multiple_of) return "multipleOf";
  if (bounds.minimum) return "minimum";
  if (bounds.maximum) return "maximum";
  if (bounds.exclusive_minimum) return "exclusiveMinimum";
  return bounds.exclusive_maximum ? "exclusiveMaximum" : "type";
}

/// Of a whole number, its value, or the largest that fits.
uint64_t saturated(const Decimal& number) {
  if (number.num_written() > 20) return UINT64_MAX;
  const std::string digits = number.is_zero() ? "0" : number.integer_part();
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? value : UINT64_MAX;
}

bool has_member(const JsonDocument& document, std::initializer_list<std::string_view> keys) {
  for (JsonId id = 0; id < document.size(); ++id) {
    if (!document.is(id, JsonKind::kObject)) continue;
    for (const auto& member : document.members(id)) {
      if (std::ranges::find(keys, document.text(member.key)) != keys.end()) return true;
    }
  }
  return false;
}

}  // namespace

SchemaReader::SchemaReader(const JsonDocument& document, SchemaIndex& index, const ReadSchemaOptions& options,
                           const Limits& limits)
    : document_(document),
      index_(index),
      options_(options),
      limits_(limits),
      fuel_{limits.compile_fuel, false},
      has_unevaluated_(has_member(document, {"unevaluatedItems", "unevaluatedProperties"})) {
  SchemaNode everything, nothing;
  nothing.types = 0;
  program_.schemas = {std::move(everything), std::move(nothing)};
}

Result<SchemaId> SchemaReader::schema_at(JsonId value, DynamicScopes::Id scope) {
  if (document_.is(value, JsonKind::kTrue)) return kTrueSchema;
  if (document_.is(value, JsonKind::kFalse)) return kFalseSchema;
  if (!document_.is(value, JsonKind::kObject))
    return fail(ErrorCode::kInvalidArgument, "a schema must be an object or a boolean");
  const SchemaIndex::ResourceId resource = index_.resource_of(value);
  const DynamicScopes::Id inside = TRY(scopes_.enter(scope, resource, index_.resource(resource)));
  const auto [found, is_new] = known_.emplace(uint64_t(value) << 32 | inside, 0);
  if (is_new) {
    found->second = TRY(add({}));
    queue_.push_back({found->second, value, inside});
  }
  return found->second;
}

Result<SchemaId> SchemaReader::add(SchemaNode node) {
  if (program_.schemas.size() >= limits_.max_nodes)
    return fail(ErrorCode::kResourceLimit, "there are more than {} schemas", limits_.max_nodes);
  program_.schemas.push_back(std::move(node));
  return SchemaId(program_.schemas.size() - 1);
}

Result<SchemaId> SchemaReader::silent(SchemaId schema) {
  SchemaNode inner, outer;
  inner.not_schema = schema;
  outer.not_schema = TRY(add(std::move(inner)));
  return add(std::move(outer));
}

Result<TextDfaPtr> SchemaReader::pattern(std::string_view pattern) {
  if (const auto found = patterns_.find(pattern); found != patterns_.end()) return found->second;
  TextDfaPtr language = TRY(pattern_language(pattern, limits_, fuel_));
  patterns_.emplace(pattern, language);
  return language;
}

void SchemaReader::warn(std::string line) {
  if (program_.warnings.size() < kMaxWarnings)
    program_.warnings.push_back(std::move(line));
  else
    program_.warnings.back() = "there are more warnings than are shown";
}

Result<SchemaProgram> SchemaReader::read(JsonId root) {
  const auto id = schema_at(root, DynamicScopes::kEmpty);
  if (!id) return std::unexpected(at_keyword(id.error(), "", index_.place(root)));
  program_.root = *id;
  while (!queue_.empty()) {
    const Waiting next = queue_.back();
    queue_.pop_back();
    SchemaNode node = TRY(read_object(next.schema, next.scope));
    program_.schemas[next.id] = std::move(node);
  }
  TRY(simplify(program_, limits_));
  return std::move(program_);
}

Result<SchemaNode> SchemaReader::read_object(JsonId schema, DynamicScopes::Id scope) {
  SchemaNode node;
  node.pointer = document_.pointer(schema);
  KeywordContext context{*this, schema, scope, index_.dialect_of(schema), node, {}};
  // Up to draft 7 a reference replaces the whole schema.
  const bool alone = !context.dialect.since(Draft::k2019) && context.sibling("$ref");
  for (const auto& [key, value] : document_.members(schema)) {
    const std::string_view name = document_.text(key);
    const Keyword* const keyword = find_keyword(name, context.dialect);
    if (!keyword || (alone && name != "$ref")) continue;
    const Status status = keyword->read(context, value);
    if (status) continue;
    const Error error = at_keyword(status.error(), name, index_.place(schema));
    if (!options_.tolerant || error.code != ErrorCode::kUnsupported) return std::unexpected(error);
    warn(error.message + "; ignored");
  }
  const NumberBounds& bounds = context.bounds;
  const bool bounded = bounds.integer || bounds.minimum || bounds.maximum || bounds.exclusive_minimum ||
                       bounds.exclusive_maximum || bounds.multiple_of;
  if (bounded && (node.types & kNumber)) {
    auto language = NumberLanguage::create(bounds, limits_, fuel_);
    if (!language)
      return std::unexpected(at_keyword(language.error(), first_bound(bounds), index_.place(schema)));
    node.number = NumberRule{std::make_shared<const NumberLanguage>(std::move(*language)), bounds, {}};
  }
  return node;
}

Result<std::vector<SchemaId>> KeywordContext::schemas_at(JsonId array) {
  if (!document().is(array, JsonKind::kArray)) return fail(ErrorCode::kInvalidArgument, "must be an array");
  std::vector<SchemaId> schemas;
  for (const JsonId item : document().items(array)) schemas.push_back(TRY(schema_at(item)));
  return schemas;
}

Result<uint64_t> KeywordContext::count(JsonId value) const {
  const auto bad = [] { return fail(ErrorCode::kInvalidArgument, "must be a whole number, 0 or more"); };
  if (!document().is(value, JsonKind::kNumber)) return bad();
  const Decimal number = TRY(Decimal::parse(document().text(value)));
  if (number.negative || number.exponent < 0) return bad();
  return saturated(number);
}

Result<std::vector<std::string>> KeywordContext::names(JsonId value) const {
  if (!document().is(value, JsonKind::kArray))
    return fail(ErrorCode::kInvalidArgument, "must be an array of names");
  std::vector<std::string> names;
  for (const JsonId item : document().items(value)) {
    if (!document().is(item, JsonKind::kString))
      return fail(ErrorCode::kInvalidArgument, "must be an array of names");
    names.emplace_back(document().text(item));
  }
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return fail(ErrorCode::kInvalidArgument, "has a name twice");
  return names;
}

namespace {

/// Adds the metaschemas, if there is a reference to one.
Status add_metaschemas(JsonDocument& document, std::vector<std::pair<JsonId, std::string_view>>& roots) {
  bool wanted = false;
  for (JsonId id = 0; id < document.size() && !wanted; ++id) {
    if (!document.is(id, JsonKind::kObject)) continue;
    for (const std::string_view keyword : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      const auto value = document.find(id, keyword);
      wanted = wanted || (value && document.is(*value, JsonKind::kString) &&
                          document.text(*value).find("://json-schema.org/") != std::string_view::npos);
    }
  }
  if (!wanted) return {};
  for (const KnownSchema& known : metaschemas())
    roots.emplace_back(TRY(document.add(std::string(known.text), Limits())), known.uri);
  return {};
}

}  // namespace

Result<SchemaProgram> read_json_schema(std::string text, const ReadSchemaOptions& options,
                                       const Limits& limits) {
  JsonDocument document;
  const JsonId root = TRY(document.add(std::move(text), limits));
  std::vector<std::pair<JsonId, std::string_view>> others;
  for (const auto& [uri, other] : options.documents)
    others.emplace_back(TRY(document.add(other, limits)), uri);
  TRY(add_metaschemas(document, others));
  SchemaIndex index(document);
  Dialect dialect;
  if (document.is(root, JsonKind::kObject)) {
    const auto uri = document.find(root, "$schema");
    if (const Dialect* known =
            uri && document.is(*uri, JsonKind::kString) ? find_dialect(document.text(*uri)) : nullptr)
      dialect = *known;
  }
  for (const auto& [other, uri] : others) TRY(index.add(other, uri, dialect));
  TRY(index.add(root, "", dialect));
  SchemaReader reader(document, index, options, limits);
  if (index.has_unknown_dialect(root))
    reader.warn("JSON schema, \"$schema\" at #: is no draft that is known; read as draft 2020-12");
  return reader.read(root);
}

}  // namespace hearth::grammar
