#include "grammar/schema/schema_index.h"

#include <algorithm>
#include <array>
#include <optional>

#include "grammar/schema/schema_error.h"
#include "grammar/schema/uri.h"

namespace hearth::grammar {

namespace {

/// Keywords whose value is a schema, a list of schemas, or both.
constexpr std::array kSchemaKeywords = {"items",
                                        "prefixItems",
                                        "additionalItems",
                                        "unevaluatedItems",
                                        "contains",
                                        "additionalProperties",
                                        "not",
                                        "propertyNames",
                                        "contentSchema",
                                        "unevaluatedProperties",
                                        "if",
                                        "then",
                                        "else",
                                        "allOf",
                                        "anyOf",
                                        "oneOf"};
/// Keywords whose value is an object of schemas.
constexpr std::array kMapKeywords = {"properties",  "patternProperties", "$defs",
                                     "definitions", "dependentSchemas",  "dependencies"};

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

constexpr std::string_view kMissingHint = "a reference leads to a schema of the same document";

}  // namespace

const Dialect* find_dialect(std::string_view uri) {
  static const std::map<std::string_view, Dialect> kDialects = {
      {"http://json-schema.org/draft-04/schema", {Draft::k4, false, true}},
      {"http://json-schema.org/draft-06/schema", {Draft::k6, false, true}},
      {"http://json-schema.org/draft-07/schema", {Draft::k7, false, true}},
      {"https://json-schema.org/draft/2019-09/schema", {Draft::k2019, false, true}},
      {"https://json-schema.org/draft/2020-12/schema", {Draft::k2020, false, true}}};
  if (uri.ends_with('#')) uri.remove_suffix(1);
  // Both schemes are written for all of them.
  for (const auto& [known, dialect] : kDialects) {
    if (uri.substr(std::min(uri.find(':'), uri.size())) == known.substr(known.find(':')) &&
        uri.starts_with("http"))
      return &dialect;
  }
  return nullptr;
}

std::unexpected<Error> SchemaIndex::malformed(JsonId schema, std::string_view keyword,
                                              std::string what) const {
  return std::unexpected(
      at_keyword({ErrorCode::kInvalidArgument, std::move(what), {}}, keyword, place(schema)));
}

Status SchemaIndex::add(JsonId root, std::string_view uri, const Dialect& dialect) {
  const Dialect own = TRY(dialect_at(root, dialect));
  text_uris_.emplace(root, uri);
  return index(root, add_resource(std::string(uri), root, own));
}

SchemaIndex::ResourceId SchemaIndex::add_resource(std::string uri, JsonId root, const Dialect& dialect) {
  const ResourceId id = ResourceId(resources_.size());
  by_uri_.emplace(uri, id);
  resources_.push_back({std::move(uri), root, dialect, {}, {}});
  return id;
}

Result<Dialect> SchemaIndex::dialect_at(JsonId schema, const Dialect& outer) const {
  if (!document_.is(schema, JsonKind::kObject)) return outer;
  const auto uri = document_.find(schema, "$schema");
  if (!uri) return outer;
  if (!document_.is(*uri, JsonKind::kString)) return malformed(schema, "$schema", "must be a string");
  if (const Dialect* known = find_dialect(document_.text(*uri))) return *known;
  const auto custom = by_uri_.find(without_fragment(document_.text(*uri)));
  if (custom == by_uri_.end()) return outer;
  Dialect dialect = resources_[custom->second].dialect;
  if (const auto vocabulary = document_.find(resources_[custom->second].root, "$vocabulary")) {
    dialect.validates = false;
    if (document_.is(*vocabulary, JsonKind::kObject)) {
      for (const auto& member : document_.members(*vocabulary))
        dialect.validates = dialect.validates || document_.text(member.key).ends_with("/validation");
    }
  }
  return dialect;
}

bool SchemaIndex::has_unknown_dialect(JsonId root) const {
  const auto uri = document_.is(root, JsonKind::kObject) ? document_.find(root, "$schema") : std::nullopt;
  return uri && !find_dialect(document_.text(*uri)) &&
         !by_uri_.contains(without_fragment(document_.text(*uri)));
}

Status SchemaIndex::index(JsonId schema, ResourceId resource) {
  resource_of_.resize(document_.size(), kNone);
  queue_.emplace_back(schema, resource);
  while (!queue_.empty()) {
    const auto [next, outer] = queue_.back();
    queue_.pop_back();
    if (resource_of_[next] != kNone) continue;
    resource_of_[next] = outer;
    if (!document_.is(next, JsonKind::kObject)) continue;
    const ResourceId own = TRY(enter(next, outer));
    resource_of_[next] = own;
    const bool reference_alone = !resources_[own].dialect.since(Draft::k2019) && document_.find(next, "$ref");
    if (!reference_alone || next == resources_[own].root) queue_subschemas(next, own);
  }
  return {};
}

/// The resource of a schema, which its identifier may start.
Result<SchemaIndex::ResourceId> SchemaIndex::enter(JsonId schema, ResourceId resource) {
  const Dialect& dialect = resources_[resource].dialect;
  const bool old = !dialect.since(Draft::k2019);
  if (old && document_.find(schema, "$ref")) return resource;
  const std::string_view keyword = dialect.is(Draft::k4) ? "id" : "$id";
  if (const auto id = document_.find(schema, keyword)) {
    // In draft 4 the word is what data calls its own things too.
    if (!document_.is(*id, JsonKind::kString) && dialect.is(Draft::k4)) return resource;
    if (!document_.is(*id, JsonKind::kString)) return malformed(schema, keyword, "must be a string");
    TRY(read_identifier(schema, document_.text(*id), resource));
  }
  if (!old) TRY(read_anchors(schema, resource));
  return resource;
}

Status SchemaIndex::read_identifier(JsonId schema, std::string_view id, ResourceId& resource) {
  const std::string uri = resolve_uri(resources_[resource].uri, id);
  const std::string_view whole = without_fragment(uri), fragment = fragment_of(uri);
  const bool old = !resources_[resource].dialect.since(Draft::k2019);
  if (!fragment.empty() && !old) return malformed(schema, "$id", "must have no fragment; use \"$anchor\"");
  if (whole != resources_[resource].uri && !without_fragment(id).empty()) {
    const Dialect dialect = TRY(dialect_at(schema, resources_[resource].dialect));
    resource = add_resource(std::string(whole), schema, dialect);
  }
  // Up to draft 7 a fragment names the place, as an anchor.
  if (!fragment.empty() && !fragment.starts_with('/'))
    resources_[resource].anchors.emplace(id.substr(id.find('#') + 1), schema);
  return {};
}

Status SchemaIndex::read_anchors(JsonId schema, ResourceId id) {
  SchemaResource& resource = resources_[id];
  for (const std::string_view keyword : {"$anchor", "$dynamicAnchor"}) {
    const auto anchor = document_.find(schema, keyword);
    if (!anchor || (keyword == "$dynamicAnchor" && !resource.dialect.since(Draft::k2020))) continue;
    if (!document_.is(*anchor, JsonKind::kString) || document_.text(*anchor).empty())
      return malformed(schema, keyword, "must be a name");
    const auto name = document_.text(*anchor);
    resource.anchors.emplace(name, schema);
    if (keyword == "$dynamicAnchor") resource.dynamic_anchors.emplace(name, schema);
  }
  const auto recursive = document_.find(schema, "$recursiveAnchor");
  if (recursive && schema == resource.root && document_.is(*recursive, JsonKind::kTrue))
    resource.dynamic_anchors.emplace("", schema);
  return {};
}

void SchemaIndex::queue_subschemas(JsonId schema, ResourceId resource) {
  for (const auto& [key, value] : document_.members(schema)) {
    const std::string_view keyword = document_.text(key);
    if (contains(kSchemaKeywords, keyword)) {
      if (document_.is(value, JsonKind::kArray)) {
        for (const JsonId item : document_.items(value)) queue_.emplace_back(item, resource);
      } else {
        queue_.emplace_back(value, resource);
      }
    } else if (contains(kMapKeywords, keyword) && document_.is(value, JsonKind::kObject)) {
      for (const auto& member : document_.members(value)) queue_.emplace_back(member.value, resource);
    }
  }
}

Result<JsonId> SchemaIndex::resolve(JsonId from, std::string_view reference) {
  const std::string uri = resolve_uri(resources_[resource_of_[from]].uri, reference);
  const std::string_view whole = without_fragment(uri);
  const auto found = by_uri_.find(whole);
  // A fragment alone stays in its resource, whatever that is called.
  ResourceId target = reference.starts_with('#') || reference.empty() ? resource_of_[from]
                      : found != by_uri_.end()                        ? found->second
                                                                      : kNone;
  if (target == kNone)
    return fail_hint(ErrorCode::kUnsupported, "put the schema into `$defs`, with its URL as `$id`",
                     "it leads to {}, which is not in the document", whole);
  target = resource_of_[resources_[target].root];  // where the text's root has a URI of its own
  const auto fragment = percent_decoded(fragment_of(uri));
  if (!fragment) return fail(ErrorCode::kInvalidArgument, "{} is badly percent-encoded", reference);
  if (fragment->empty()) return resources_[target].root;
  if (fragment->starts_with('/')) return follow_pointer(target, *fragment);
  const auto& anchors = resources_[target].anchors;
  const auto anchor = anchors.find(*fragment);
  if (anchor == anchors.end())
    return fail_hint(ErrorCode::kInvalidArgument, std::string(kMissingHint), "there is no anchor {}",
                     *fragment);
  return anchor->second;
}

/// RFC 6901. A schema that no keyword leads to is taken up as one when it is referred to.
Result<JsonId> SchemaIndex::follow_pointer(ResourceId resource, std::string_view pointer) {
  JsonId at = resources_[resource].root;
  for (std::string_view rest = pointer; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view escaped = rest.substr(0, std::min(rest.find('/'), rest.size()));
    rest.remove_prefix(escaped.size());
    std::string token;
    for (size_t i = 0; i < escaped.size(); ++i) {
      const bool escape = escaped[i] == '~' && i + 1 < escaped.size();
      token += escape ? (escaped[i + 1] == '1' ? '/' : '~') : escaped[i];
      if (escape) ++i;
    }
    const auto child = document_.child(at, token);
    if (!child)
      return fail_hint(ErrorCode::kInvalidArgument, std::string(kMissingHint), "nothing is at {}", pointer);
    at = *child;
    if (resource_of_[at] != kNone) resource = resource_of_[at];
  }
  if (resource_of_[at] == kNone) TRY(index(at, resource));
  return at;
}

std::string SchemaIndex::place(JsonId id) const {
  for (const auto& [root, uri] : text_uris_) {
    if (!uri.empty() && document_.root(id) == root) return uri + "#" + document_.pointer(id);
  }
  return "#" + document_.pointer(id);
}

}  // namespace hearth::grammar
