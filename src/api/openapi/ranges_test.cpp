#include <utility>
#include <vector>

#include "api/anthropic/models.h"
#include "api/call/api_error.h"
#include "api/parameters/header_parameters.h"
#include "api/parameters/parameter_reader.h"
#include "api/testing/openapi_fixture.h"

// What the OpenAPI document says of values is what holds: each end of each range is taken, one step past it
// is refused, and the error names the member that was wrong.

namespace hearth::api {
namespace {

/// A value for one parameter, and the path in the body of what in it is at its end or past it.
struct Probe {
  std::string path;
  Json value;
};

class OpenApiRanges : public testing::OpenApiFixture {
 protected:
  /// A JSON Schema of the document's kind.
  bool accepts(const Json& unresolved, const Json& value) const {
    const Json schema = resolved(unresolved);
    if (schema.contains("const")) return value == schema["const"];
    if (schema.contains("enum")) return contains(schema["enum"], value);
    if (schema.contains("anyOf")) {
      return std::ranges::any_of(schema["anyOf"], [&](const Json& one) { return accepts(one, value); });
    }
    if (schema.contains("type") && !has_type(schema["type"], value)) return false;
    if (value.is_number()) return accepts_number(schema, value);
    if (value.is_string()) {
      const auto length = int64_t(value.get_ref<const std::string&>().size());
      return length >= limit(schema, "minLength", 0) && length <= limit(schema, "maxLength", INT64_MAX);
    }
    if (value.is_array()) return accepts_array(schema, value);
    return !value.is_object() || accepts_object(schema, value);
  }

  /// Values that break the schema in one place each.
  std::vector<Probe> past_the_ends(const Json& unresolved, const std::string& path) const {
    const Json schema = resolved(unresolved);
    std::vector<Probe> probes;
    for (const Json& other : {Json("nonsense"), Json(17), Json(0.5), Json(true), Json::array({Json::array()}),
                              Json{{"surprise", 1}}}) {
      probes.push_back({path, other});
    }
    if (schema.contains("anyOf")) {
      for (const Json& one : schema["anyOf"]) append(probes, past_the_ends(one, path));
      return probes;
    }
    if (schema.contains("minimum"))
      append(probes, {{path, before(schema["minimum"])}, {path, after(schema["maximum"])}});
    if (schema.contains("minLength"))
      probes.push_back({path, std::string(schema["minLength"].get<size_t>() - 1, 'a')});
    if (schema.contains("maxLength"))
      probes.push_back({path, std::string(schema["maxLength"].get<size_t>() + 1, 'a')});
    if (schema.contains("items")) append(probes, array_probes(schema, path, 1));
    if (schema.contains("maxProperties"))
      probes.push_back({path, object_of(schema, schema["maxProperties"].get<size_t>() + 1)});
    if (schema.contains("properties"))
      append(probes, member_probes(schema, path, &OpenApiRanges::past_the_ends));
    if (schema.value("additionalProperties", Json()) == false) {
      Json value = example(schema);
      value["surprise"] = 1;
      probes.push_back({path + ".surprise", std::move(value)});
    }
    for (const Json& member : schema.value("required", Json::array())) {
      Json value = example(schema);
      value.erase(member.get<std::string>());
      probes.push_back({path, std::move(value)});
    }
    return probes;
  }

  /// Values at the ends of what the schema allows.
  std::vector<Probe> ends(const Json& unresolved, const std::string& path) const {
    const Json schema = resolved(unresolved);
    std::vector<Probe> probes;
    if (schema.contains("anyOf")) {
      for (const Json& one : schema["anyOf"]) append(probes, ends(one, path));
      return probes;
    }
    for (const Json& value : schema.value("enum", Json::array())) probes.push_back({path, value});
    if (schema.contains("minimum")) append(probes, {{path, schema["minimum"]}, {path, schema["maximum"]}});
    if (schema.contains("maxLength")) {
      // As many characters, of more bytes.
      std::string longest;
      for (size_t i = 0; i < schema["maxLength"].get<size_t>(); ++i) longest += "\xc3\xa9";
      if (!schema.contains("pattern")) probes.push_back({path, std::move(longest)});
    }
    if (schema.contains("items")) append(probes, array_probes(schema, path, 0));
    if (schema.contains("maxProperties"))
      probes.push_back({path, object_of(schema, schema["maxProperties"].get<size_t>())});
    if (schema.contains("properties")) append(probes, member_probes(schema, path, &OpenApiRanges::ends));
    return probes;
  }

 private:
  static void append(std::vector<Probe>& probes, std::vector<Probe> more) {
    for (Probe& probe : more) probes.push_back(std::move(probe));
  }
  static bool contains(const Json& values, const Json& value) {
    return std::ranges::find(values, value) != values.end();
  }
  static int64_t limit(const Json& schema, const char* name, int64_t otherwise) {
    return schema.contains(name) ? schema[name].get<int64_t>() : otherwise;
  }

  static bool has_type(const Json& types, const Json& value) {
    if (types.is_array())
      return std::ranges::any_of(types, [&](const Json& one) { return has_type(one, value); });
    if (types == "integer") return as_integer(value).has_value();
    if (types == "number") return value.is_number();
    if (types == "string") return value.is_string();
    if (types == "boolean") return value.is_boolean();
    if (types == "array") return value.is_array();
    return types == "object" ? value.is_object() : value.is_null();
  }

  static bool accepts_number(const Json& schema, const Json& value) {
    if (!schema.contains("minimum")) return true;
    return value.get<double>() >= schema["minimum"].get<double>() && !is_past(value, schema["maximum"]);
  }
  /// Also where a double no longer tells them apart.
  static bool is_past(const Json& value, const Json& maximum) {
    if (value.is_number_unsigned() && maximum.is_number_integer()) {
      return value.get<uint64_t>() > uint64_t(maximum.get<int64_t>());
    }
    return value.get<double>() > maximum.get<double>();
  }

  bool accepts_array(const Json& schema, const Json& value) const {
    const auto size = int64_t(value.size());
    if (size < limit(schema, "minItems", 0) || size > limit(schema, "maxItems", INT64_MAX)) return false;
    for (size_t i = 0; i < value.size(); ++i) {
      if (schema.contains("prefixItems") && !accepts(schema["prefixItems"][i], value[i])) return false;
      if (schema.contains("items") && !accepts(schema["items"], value[i])) return false;
      if (schema.contains("uniqueItems") && std::ranges::count(value, value[i]) > 1) return false;
    }
    return true;
  }

  bool accepts_object(const Json& schema, const Json& value) const {
    if (int64_t(value.size()) > limit(schema, "maxProperties", INT64_MAX)) return false;
    for (const Json& member : schema.value("required", Json::array())) {
      if (!value.contains(member.get<std::string>())) return false;
    }
    const Json properties = schema.value("properties", Json::object());
    const Json others = schema.value("additionalProperties", Json(true));
    return std::ranges::all_of(value.items(), [&](const auto& member) {
      if (properties.contains(member.key())) return accepts(properties[member.key()], member.value());
      return others.is_boolean() ? others.get<bool>() : accepts(others, member.value());
    });
  }

  static Json before(const Json& minimum) {
    if (minimum.is_number_float()) return minimum.get<double>() - 0.001;
    const auto number = minimum.get<int64_t>();
    return number == INT64_MIN ? Json(-9.3e18) : Json(number - 1);
  }
  static Json after(const Json& maximum) {
    if (maximum.is_number_float()) return maximum.get<double>() + 0.001;
    return uint64_t(maximum.get<int64_t>()) + 1;
  }

  /// Arrays that are `excess` shorter and longer than allowed, and each kind of wrong or last item.
  std::vector<Probe> array_probes(const Json& schema, const std::string& path, size_t excess) const {
    std::vector<Probe> probes;
    const Json item = example(schema["items"]);
    const bool may_repeat = !schema.contains("uniqueItems");
    if (schema.contains("minItems"))
      probes.push_back({path, Json(schema["minItems"].get<size_t>() - excess, item)});
    if (schema.contains("maxItems") && may_repeat) {
      probes.push_back({path, Json(schema["maxItems"].get<size_t>() + excess, item)});
    }
    if (excess > 0 && !may_repeat) probes.push_back({path, Json(2, item)});
    for (const Probe& probe :
         excess > 0 ? past_the_ends(schema["items"], path + "[0]") : ends(schema["items"], path + "[0]")) {
      probes.push_back({probe.path, Json::array({probe.value})});
    }
    return probes;
  }

  Json object_of(const Json& schema, size_t num_members) const {
    Json object = Json::object();
    const Json value = example(schema.value("additionalProperties", Json::object()));
    for (size_t i = 0; i < num_members; ++i)
      object[std::string(i / 500, '0') + std::to_string(i % 500)] = value;
    return object;
  }

  std::vector<Probe> member_probes(const Json& schema, const std::string& path,
                                   std::vector<Probe> (OpenApiRanges::*probes_of)(const Json&,
                                                                                  const std::string&)
                                       const) const {
    std::vector<Probe> probes;
    for (const auto& [name, member] : schema["properties"].items()) {
      for (const Probe& probe : (this->*probes_of)(member, path + "." + name)) {
        Json value = example(schema);
        value[name] = probe.value;
        probes.push_back({probe.path, std::move(value)});
      }
    }
    return probes;
  }
};

/// Whether one path names the other's member or something in it.
bool is_along(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return !a.empty() && b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

TEST_F(OpenApiRanges, OneStepPastEachEndIsRefusedByName) {
  size_t num_probes = 0;
  for (const auto& [request, schema] : document["components"]["schemas"].items()) {
    if (!request.ends_with("Request")) continue;
    for (const auto& [parameter, property] : schema["properties"].items()) {
      // The server itself looks for the model.
      if (parameter == "model") continue;
      for (const Probe& probe : past_the_ends(property, parameter)) {
        if (accepts(property, probe.value)) continue;
        ++num_probes;
        const auto parsed = parse(request, with(minimal(request), request, parameter, probe.value));
        const std::string what = request + " " + probe.path + " " + probe.value.dump().substr(0, 200);
        EXPECT_FALSE(parsed.has_value()) << what;
        if (parsed) continue;
        EXPECT_TRUE(is_along(parameter_of(parsed.error()), probe.path))
            << what << ": " << parsed.error().message;
        EXPECT_EQ(http_status(parsed.error()), 400) << what;
      }
    }
  }
  EXPECT_GT(num_probes, 4000u);
}

TEST_F(OpenApiRanges, EachEndIsTaken) {
  size_t num_probes = 0;
  for (const auto& [request, schema] : document["components"]["schemas"].items()) {
    if (!request.ends_with("Request")) continue;
    for (const auto& [parameter, property] : schema["properties"].items()) {
      for (const Probe& probe : ends(property, parameter)) {
        ++num_probes;
        const auto parsed = parse(request, with(minimal(request), request, parameter, probe.value));
        // So much may be said, but not to this model.
        if (!parsed && parsed.error().code == ErrorCode::kContextOverflow) continue;
        if (!parsed && may_be_refused(parameter)) continue;
        EXPECT_TRUE(parsed.has_value())
            << request << " " << probe.path << " " << probe.value.dump().substr(0, 200) << ": "
            << parsed.error().message;
      }
    }
  }
  EXPECT_GT(num_probes, 1000u);
}

TEST_F(OpenApiRanges, HoldForHeadersAndQueriesToo) {
  const std::pair<const char*, const Parameter*> described[] = {
      {"ModelLimit", &kModelLimit}, {"StreamGrace", &kStreamGrace}, {"LastEventId", &kLastEventId}};
  for (const auto& [name, parameter] : described) {
    const Json& schema = document["components"]["parameters"][name]["schema"];
    const auto low = schema["minimum"].get<int64_t>(), high = schema["maximum"].get<int64_t>();
    for (const int64_t taken : {low, high})
      EXPECT_EQ(*read_integer(*parameter, std::to_string(taken)), taken);
    for (const std::string& refused : {std::to_string(low - 1), std::to_string(uint64_t(high) + 1),
                                       std::string("soon"), std::string(), std::string("1.5")}) {
      const auto read = read_integer(*parameter, refused);
      ASSERT_FALSE(read.has_value()) << name << refused;
      EXPECT_TRUE(read.error().message.starts_with(parameter->name)) << read.error().message;
    }
  }
}

}  // namespace
}  // namespace hearth::api
