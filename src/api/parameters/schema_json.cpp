#include "api/parameters/schema.h"
#include "base/check.h"

namespace hearth::api {
namespace {

using Kind = Schema::Kind;

void put_limits(Json& json, const Schema& schema, const char* low, const char* high) {
  if (schema.low > 0) json[low] = schema.low;
  if (schema.high != int64_t(Schema::kUnbounded)) json[high] = schema.high;
}

Json number_json(const Schema& schema) {
  Json json = {{"type", "number"}};
  if (schema.least != -std::numeric_limits<double>::infinity()) json["minimum"] = schema.least;
  if (schema.most != std::numeric_limits<double>::infinity()) json["maximum"] = schema.most;
  return json;
}

Json array_json(const Schema& schema) {
  Json json = {{"type", "array"}};
  put_limits(json, schema, "minItems", "maxItems");
  if (schema.is_unique) json["uniqueItems"] = true;
  json["items"] = json_schema(schema.parts[0], false);
  return json;
}

Json parts_json(const Schema& schema) {
  Json parts = Json::array();
  for (size_t i = 0; i < schema.num_parts; ++i) parts.push_back(json_schema(schema.parts[i], false));
  return parts;
}

Json map_json(const Schema& schema) {
  Json names = json_schema(schema.parts[1], false);
  names.erase("type");
  Json json = {{"type", "object"}};
  if (schema.high != int64_t(Schema::kUnbounded)) json["maxProperties"] = schema.high;
  json["propertyNames"] = std::move(names);
  if (schema.parts[0].kind != Kind::kAny) json["additionalProperties"] = json_schema(schema.parts[0], false);
  return json;
}

Json object_json(const Schema& schema) {
  Json properties = Json::object(), required = Json::array();
  for (const Parameter& member : std::span(schema.members, schema.num_members)) {
    properties[std::string(member.name)] = json_schema(member);
    if (member.required) required.push_back(member.name);
  }
  Json json = {{"type", "object"}};
  if (!required.empty()) json["required"] = std::move(required);
  json["additionalProperties"] = false;
  json["properties"] = std::move(properties);
  return json;
}

Json enum_json(const Schema& schema) {
  if (schema.kind == Kind::kChoice) return {{"enum", schema.names}};
  auto values = parse_json(schema.values);
  CHECK(values.has_value());
  return {{"enum", *std::move(values)}};
}

Json reference_json(std::string_view component) {
  return {{"$ref", fmt::format("#/components/schemas/{}", component)}};
}

Json plain_json(const Schema& schema) {
  switch (schema.kind) {
    case Kind::kAny:
      return Json::object();
    case Kind::kBoolean:
      return {{"type", "boolean"}};
    case Kind::kInteger:
      return {{"type", "integer"}, {"minimum", schema.low}, {"maximum", schema.high}};
    case Kind::kNumber:
      return number_json(schema);
    case Kind::kText: {
      Json json = {{"type", "string"}};
      put_limits(json, schema, "minLength", "maxLength");
      return json;
    }
    case Kind::kFormat: {
      Json json = {{"type", "string"}};
      json.update(schema.format->json_schema());
      return json;
    }
    case Kind::kChoice:
    case Kind::kOnly:
      return enum_json(schema);
    case Kind::kTokenId:
      return reference_json("TokenId");
    case Kind::kElsewhere:
      return reference_json(schema.values);
    case Kind::kArray:
      return array_json(schema);
    case Kind::kTuple:
      return {{"type", "array"},
              {"minItems", schema.num_parts},
              {"maxItems", schema.num_parts},
              {"prefixItems", parts_json(schema)}};
    case Kind::kMap:
      return map_json(schema);
    case Kind::kObject:
      return object_json(schema);
    case Kind::kEither:
      return {{"anyOf", parts_json(schema)}};
    case Kind::kStructure:
      return {{"type", {"object", "array"}}};
  }
  CHECK(false);
  return nullptr;
}

}  // namespace

Json json_schema(const Schema& schema, bool takes_null) {
  Json json = plain_json(schema);
  if (!takes_null || json.empty()) return json;
  if (json.contains("enum")) {
    json["enum"].push_back(nullptr);
  } else if (json.contains("anyOf")) {
    json["anyOf"].push_back({{"type", "null"}});
  } else if (json.contains("type")) {
    if (!json["type"].is_array()) json["type"] = Json::array({json["type"]});
    json["type"].push_back("null");
  } else {
    json = {{"anyOf", Json::array({std::move(json), {{"type", "null"}}})}};
  }
  return json;
}

Json json_schema(const Parameter& parameter) {
  Json json = json_schema(parameter.schema, !parameter.required);
  if (!parameter.otherwise.empty()) {
    auto value = parse_json(parameter.otherwise);
    CHECK(value.has_value());
    json["default"] = *std::move(value);
  }
  if (!parameter.description.empty()) json["description"] = parameter.description;
  return json;
}

}  // namespace hearth::api
