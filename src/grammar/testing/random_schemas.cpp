#include "grammar/testing/random_schemas.h"

#include <string_view>

namespace hearth::grammar {

namespace {

std::string random_list(Random& random, int depth) {
  std::string list = "[";
  for (size_t i = 0, count = 1 + below(random, 3); i < count; ++i)
    list += (i > 0 ? "," : "") + random_schema(random, depth);
  return list + "]";
}

std::string random_keyword(Random& random, int depth) {
  const auto number = [&](size_t count) { return std::to_string(below(random, count)); };
  const auto key = [&] { return std::string(1, char('a' + below(random, 3))); };
  if (depth <= 0) depth = 0;
  switch (below(random, depth == 0 ? 9 : 25)) {
    case 0:
      return R"("type": ["string", "number", "null"])";
    case 1:
      return R"("type": ["object", "array", "integer"])";
    case 2:
      return R"("enum": [1, "a", "ab", null, {"a": 1}, [1, 2], true])";
    case 3:
      return R"("minimum": )" + number(4);
    case 4:
      return R"("multipleOf": 2)";
    case 5:
      return R"("maxLength": )" + number(3);
    case 6:
      return R"("pattern": "^a*b?$")";
    case 7:
      return R"("minLength": )" + number(3);
    case 8:
      return R"("const": )" + number(3);
    case 9:
      return R"("properties": {"a": )" + random_schema(random, depth - 1) + R"(, "b": )" +
             random_schema(random, depth - 1) + "}";
    case 10:
      return R"("required": [")" + key() + "\"]";
    case 11:
      return R"("additionalProperties": )" + random_schema(random, depth - 1);
    case 12:
      return R"("patternProperties": {"^[ac]": )" + random_schema(random, depth - 1) + "}";
    case 13:
      return R"("maxProperties": )" + number(3) + R"(, "minProperties": )" + number(2);
    case 14:
      return R"("dependentSchemas": {")" + key() + "\": " + random_schema(random, depth - 1) + "}";
    case 15:
      return R"("propertyNames": {"pattern": "^[ab]*$"})";
    case 16:
      return R"("prefixItems": )" + random_list(random, depth - 1) + R"(, "items": )" +
             random_schema(random, depth - 1);
    case 17:
      return R"("contains": )" + random_schema(random, depth - 1) + R"(, "maxContains": )" + number(3);
    case 18:
      return R"("uniqueItems": true, "maxItems": 3)";
    case 19:
      return R"("unevaluatedProperties": )" + random_schema(random, 0);
    case 20:
      return R"("unevaluatedItems": )" + random_schema(random, 0);
    case 21:
      return R"("not": )" + random_schema(random, depth - 1);
    case 22:
      return R"("if": )" + random_schema(random, depth - 1) + R"(, "then": )" +
             random_schema(random, depth - 1) + R"(, "else": )" + random_schema(random, depth - 1);
    default:
      return std::string(below(random, 2) == 0 ? R"("anyOf": )" : R"("oneOf": )") +
             random_list(random, depth - 1);
  }
}

}  // namespace

std::string random_schema(Random& random, int depth) {
  if (below(random, 8) == 0) return "true";
  if (below(random, 16) == 0) return "false";
  std::string schema = R"({"title": "")";
  for (size_t i = 0, count = 1 + below(random, 3); i < count; ++i) {
    const std::string keyword = random_keyword(random, depth);
    const std::string name = keyword.substr(0, keyword.find(':'));
    if (schema.find(name + ":") == schema.npos) schema += ", " + keyword;
  }
  return schema + "}";
}

namespace {

std::string number(Random& random, size_t count) { return std::to_string(below(random, count)); }

std::string tight_list(Random& random, int depth, size_t most) {
  std::string list = "[";
  for (size_t i = 0, count = 1 + below(random, most); i < count; ++i)
    list += (i > 0 ? "," : "") + random_tight_schema(random, depth);
  return list + "]";
}

std::string tight_scalar(Random& random) {
  static constexpr std::string_view kScalars[] = {
      R"({"enum": ["a", "ab", 1]})",
      R"({"enum": ["a", "b"]})",
      R"({"type": "boolean"})",
      R"({"const": 1})",
      R"({"const": "a"})",
      R"({"type": "null"})",
      R"({"type": ["null", "boolean"]})",
      R"({"type": "integer", "minimum": 1, "maximum": 3})",
      R"({"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 1})",
      R"({"type": "string", "pattern": "^[ab]?$"})",
      R"({"type": "string", "maxLength": 1})",
      R"({"type": "string"})",
      R"({"type": "integer"})",
      R"({"enum": [[], [1], {"a": 1}, {}]})"};
  return std::string(kScalars[below(random, std::size(kScalars))]);
}

/// Keywords of arrays, without those that go for all types.
std::string tight_array(Random& random, int depth) {
  std::string schema = R"("type": "array", "items": )" + random_tight_schema(random, depth - 1);
  if (below(random, 2) == 0) schema += R"(, "uniqueItems": true)";
  if (below(random, 2) == 0) schema += R"(, "minItems": )" + number(random, 4);
  if (below(random, 2) == 0) schema += R"(, "maxItems": )" + number(random, 5);
  if (below(random, 3) == 0) schema += R"(, "prefixItems": )" + tight_list(random, depth - 1, 3);
  if (below(random, 3) == 0)
    schema += R"(, "contains": )" + random_tight_schema(random, depth - 1) + R"(, "minContains": )" +
              number(random, 3) + R"(, "maxContains": )" + number(random, 4);
  if (below(random, 6) == 0)
    schema += R"(, "allOf": [{"contains": )" + random_tight_schema(random, depth - 1) +
              R"(}, {"contains": )" + random_tight_schema(random, depth - 1) + "}]";
  if (below(random, 6) == 0) {
    schema.replace(schema.find(R"("items")"), 7, R"("unevaluatedItems")");
    schema += R"(, "anyOf": [{"prefixItems": )" + tight_list(random, depth - 1, 2) + R"(}, {"contains": )" +
              random_tight_schema(random, depth - 1) + "}]";
  }
  return schema;
}

std::string tight_keys(Random& random, int depth) {
  std::string keys = "{";
  for (const char key : {'a', 'b', 'c'})
    if (below(random, 3) != 0)
      keys += (keys.size() > 1 ? ", \"" : "\"") + std::string(1, key) +
              "\": " + random_tight_schema(random, depth);
  return keys + "}";
}

std::string some_key(Random& random) { return "\"" + std::string(1, char('a' + below(random, 3))) + "\""; }

/// The same of objects.
std::string tight_object(Random& random, int depth) {
  std::string schema = R"("type": "object", "properties": )" + tight_keys(random, depth - 1);
  schema += below(random, 4) == 0   ? R"(, "unevaluatedProperties": )"
            : below(random, 3) == 0 ? R"(, "additionalProperties": )"
                                    : R"(, "additionalProperties": false, "title": )";
  schema += schema.ends_with(R"("title": )") ? "\"\"" : random_tight_schema(random, depth - 1);
  if (below(random, 2) == 0) schema += R"(, "required": [)" + some_key(random) + "]";
  if (below(random, 3) == 0) schema += R"(, "minProperties": )" + number(random, 4);
  if (below(random, 3) == 0) schema += R"(, "maxProperties": )" + number(random, 5);
  if (below(random, 4) == 0)
    schema += below(random, 2) == 0 ? R"(, "propertyNames": {"enum": ["a", "b", "bc", "d"]})"
                                    : R"(, "propertyNames": {"pattern": "^[b-e]{1,2}$"})";
  if (below(random, 5) == 0)
    schema += R"(, "patternProperties": {"^[ad]": )" + random_tight_schema(random, depth - 1) + "}";
  if (below(random, 5) == 0)
    schema += R"(, "dependentSchemas": {)" + some_key(random) +
              ": {\"properties\": " + tight_keys(random, depth - 1) + ", \"required\": [" + some_key(random) +
              "]}}";
  if (below(random, 5) == 0)
    schema += R"(, "anyOf": [{"required": [)" + some_key(random) + R"(]}, {"properties": )" +
              tight_keys(random, depth - 1) + "}]";
  return schema;
}

}  // namespace

std::string random_tight_schema(Random& random, int depth) {
  if (depth <= 0) return below(random, 20) == 0 ? "true" : tight_scalar(random);
  std::string schema;
  switch (below(random, 9)) {
    case 0:
    case 1:
    case 2:
      schema = tight_array(random, depth);
      break;
    case 3:
    case 4:
    case 5:
      schema = tight_object(random, depth);
      break;
    case 6:
      schema = (below(random, 2) == 0 ? R"("oneOf": )" : R"("anyOf": )") + tight_list(random, depth - 1, 3);
      break;
    default:
      return tight_scalar(random);
  }
  if (below(random, 8) == 0) schema += R"(, "not": )" + random_tight_schema(random, depth - 1);
  if (below(random, 8) == 0)
    schema += R"(, "if": )" + random_tight_schema(random, depth - 1) + R"(, "then": )" +
              random_tight_schema(random, depth - 1) + R"(, "else": )" +
              random_tight_schema(random, depth - 1);
  return "{" + schema + "}";
}

std::string random_value(Random& random, int depth) {
  constexpr std::string_view kScalars[] = {"null", "true",  "false",  "0",      "1",       "2",
                                           "3",    R"("")", R"("a")", R"("b")", R"("ab")", "1.5"};
  const size_t which = below(random, depth > 0 ? std::size(kScalars) * 2 : std::size(kScalars));
  if (which < std::size(kScalars)) return std::string(kScalars[which]);
  const bool is_object = which % 2 == 0;
  std::string text(is_object ? "{" : "[");
  for (size_t i = 0, count = below(random, 4); i < count; ++i) {
    if (i > 0) text += ",";
    if (is_object) text += std::string("\"") + char('a' + i) + "\":";
    text += random_value(random, depth - 1);
  }
  return text + (is_object ? "}" : "]");
}

}  // namespace hearth::grammar
