#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "grammar/schema/dynamic_scope.h"
#include "grammar/schema/json_document.h"
#include "grammar/schema/program.h"
#include "grammar/schema/read_schema.h"
#include "grammar/schema/schema_index.h"

namespace hearth::grammar {

/// Makes a program of a document's schemas, each once for each dynamic scope that it is met in. Without
/// recursion: schemas that are met wait in a queue.
class SchemaReader {
 public:
  SchemaReader(const JsonDocument& document, SchemaIndex& index, const ReadSchemaOptions& options,
               const Limits& limits);

  /// With `root` and all that it leads to.
  Result<SchemaProgram> read(JsonId root);

  // For the keywords.
  const JsonDocument& document() const { return document_; }
  SchemaIndex& index() { return index_; }
  const ReadSchemaOptions& options() const { return options_; }
  const Limits& limits() const { return limits_; }
  DynamicScopes& scopes() { return scopes_; }
  /// Whether evaluated properties or items matter anywhere.
  bool has_unevaluated() const { return has_unevaluated_; }

  /// The schema at a place. Errors: what is there is no schema.
  Result<SchemaId> schema_at(JsonId value, DynamicScopes::Id scope);
  Result<SchemaId> add(SchemaNode node);
  /// A schema that accepts the same, and of which nothing counts as evaluated.
  Result<SchemaId> silent(SchemaId schema);
  Result<TextDfaPtr> pattern(std::string_view pattern);
  void warn(std::string line);

 private:
  struct Waiting {
    SchemaId id;
    JsonId schema;
    DynamicScopes::Id scope;
  };

  Result<SchemaNode> read_object(JsonId schema, DynamicScopes::Id scope);

  const JsonDocument& document_;
  SchemaIndex& index_;
  const ReadSchemaOptions& options_;
  const Limits& limits_;
  Fuel fuel_;  ///< of all patterns and numbers together
  DynamicScopes scopes_;
  bool has_unevaluated_ = false;
  SchemaProgram program_;
  std::vector<Waiting> queue_;
  std::unordered_map<uint64_t, SchemaId> known_;  ///< by place and scope
  std::map<std::string, TextDfaPtr, std::less<>> patterns_;
};

/// A schema object while its keywords are read.
struct KeywordContext {
  SchemaReader& reader;
  JsonId schema;
  DynamicScopes::Id scope;
  Dialect dialect;
  SchemaNode& node;
  NumberBounds bounds;  ///< becomes node.number

  const JsonDocument& document() const { return reader.document(); }
  std::optional<JsonId> sibling(std::string_view keyword) const { return document().find(schema, keyword); }
  ArrayRule& array() { return node.array ? *node.array : node.array.emplace(); }
  ObjectRule& object() { return node.object ? *node.object : node.object.emplace(); }
  StringRule& string() { return node.string ? *node.string : node.string.emplace(); }

  Result<SchemaId> schema_at(JsonId value) { return reader.schema_at(value, scope); }
  Result<std::vector<SchemaId>> schemas_at(JsonId array);
  Result<uint64_t> count(JsonId value) const;
  Result<std::vector<std::string>> names(JsonId value) const;
};

/// What a keyword means: refused values are errors, without the place. Changes nothing where it fails.
using ReadKeyword = Status (*)(KeywordContext& context, JsonId value);

struct Keyword {
  std::string_view name;
  ReadKeyword read;
  Draft first = Draft::k4, last = Draft::k2020;
  bool validates = false;  ///< is of the vocabulary that a metaschema may leave out
};

std::span<const Keyword> number_keywords();
std::span<const Keyword> string_keywords();
std::span<const Keyword> array_keywords();
std::span<const Keyword> object_keywords();
std::span<const Keyword> applicator_keywords();
std::span<const Keyword> constant_keywords();

/// Refuses schemas that lead back to themselves on the same value, and drops those that say nothing.
Status simplify(SchemaProgram& program, const Limits& limits);

}  // namespace hearth::grammar
