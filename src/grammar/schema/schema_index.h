#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "grammar/schema/json_document.h"

namespace hearth::grammar {

/// The drafts of JSON Schema that are read.
enum class Draft : uint8_t { k4, k6, k7, k2019, k2020 };

/// What the keywords of a schema mean.
struct Dialect {
  Draft draft = Draft::k2020;
  /// `$schema` does not say which draft: what older ones wrote is read too where it can mean one thing only.
  bool any_draft = true;
  /// Its metaschema has the vocabulary of `type`, `minimum` and the like.
  bool validates = true;

  bool is(Draft other) const { return draft == other; }
  bool since(Draft first) const { return draft >= first; }
};

/// The dialect of a draft's own metaschema, by its URI.
const Dialect* find_dialect(std::string_view metaschema_uri);

/// A schema with a URI of its own: a text's root, or what has an `$id`.
struct SchemaResource {
  std::string uri;  ///< without fragment; empty where nothing names it
  JsonId root = 0;
  Dialect dialect;
  std::map<std::string_view, JsonId> anchors;
  /// By `$dynamicAnchor`; under the empty name the root, where it has `$recursiveAnchor`.
  std::map<std::string_view, JsonId> dynamic_anchors;
};

/// Where the schemas of texts are, and what references to them mean.
class SchemaIndex {
 public:
  using ResourceId = uint32_t;

  explicit SchemaIndex(const JsonDocument& document) : document_(document) {}

  /// Takes up a text: its root stands at `uri`. `dialect` is what it has where it does not say. Metaschemas
  /// of its own must have been added before.
  Status add(JsonId root, std::string_view uri, const Dialect& dialect);

  const SchemaResource& resource(ResourceId id) const { return resources_[id]; }
  /// Of a schema that was found on the way from a root, or by resolve().
  ResourceId resource_of(JsonId schema) const { return resource_of_[schema]; }
  const Dialect& dialect_of(JsonId schema) const { return resources_[resource_of_[schema]].dialect; }

  /// Whether a text says by `$schema` that it is of a dialect that is neither known nor among the texts.
  bool has_unknown_dialect(JsonId root) const;

  /// What a reference that stands in a schema leads to.
  Result<JsonId> resolve(JsonId from, std::string_view reference);
  /// The same as a pointer that a message can show: with the text's URI where it is not the first.
  std::string place(JsonId id) const;

 private:
  static constexpr ResourceId kNone = UINT32_MAX;

  std::unexpected<Error> malformed(JsonId schema, std::string_view keyword, std::string what) const;
  Status index(JsonId schema, ResourceId resource);
  Result<ResourceId> enter(JsonId schema, ResourceId resource);
  Status read_identifier(JsonId schema, std::string_view id, ResourceId& resource);
  Status read_anchors(JsonId schema, ResourceId resource);
  ResourceId add_resource(std::string uri, JsonId root, const Dialect& dialect);
  Result<Dialect> dialect_at(JsonId schema, const Dialect& outer) const;
  void queue_subschemas(JsonId schema, ResourceId resource);
  Result<JsonId> follow_pointer(ResourceId resource, std::string_view pointer);

  const JsonDocument& document_;
  std::vector<SchemaResource> resources_;
  std::map<std::string, ResourceId, std::less<>> by_uri_;
  std::vector<ResourceId> resource_of_;
  std::vector<std::pair<JsonId, ResourceId>> queue_;
  std::map<JsonId, std::string> text_uris_;  ///< by root
};

}  // namespace hearth::grammar
