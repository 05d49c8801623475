#include "api/tools/tool_set.h"

#include <algorithm>
#include <optional>

#include "api/tools/value_reader.h"

namespace hearth::api {
namespace {

constexpr int kMaxSchemaDepth = 16;

uint8_t type_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return kNullArgument;
    case Json::value_t::boolean:
      return kBooleanArgument;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return kNumberArgument;
    case Json::value_t::string:
      return kStringArgument;
    case Json::value_t::array:
      return kArrayArgument;
    default:
      return kObjectArgument;
  }
}

uint8_t type_named(const Json& name) {
  static constexpr std::pair<std::string_view, uint8_t> kNames[] = {
      {"null", kNullArgument},     {"boolean", kBooleanArgument}, {"integer", kNumberArgument},
      {"number", kNumberArgument}, {"string", kStringArgument},   {"array", kArrayArgument},
      {"object", kObjectArgument}};
  for (const auto& [known, type] : kNames) {
    if (name == known) return type;
  }
  return kAnyArgument;
}

/// Reads what schemas say of types. The number of schemas looked at is bounded.
class TypeReader {
 public:
  explicit TypeReader(const Json& root) : root_(root) {}

  uint8_t types(const Json& schema, int depth = 0) {
    if (!schema.is_object() || depth > kMaxSchemaDepth || ++num_seen_ > 1000) return kAnyArgument;
    uint8_t types = kAnyArgument;
    if (const auto type = schema.find("type"); type != schema.end()) types &= of_names(*type);
    if (const auto values = schema.find("enum"); values != schema.end() && values->is_array()) {
      uint8_t listed = 0;
      for (const Json& value : *values) listed |= type_of(value);
      types &= listed;
    }
    if (const auto value = schema.find("const"); value != schema.end()) types &= type_of(*value);
    for (const char* name : {"anyOf", "oneOf"}) {
      const auto schemas = schema.find(name);
      if (schemas == schema.end() || !schemas->is_array()) continue;
      uint8_t any = 0;
      for (const Json& one : *schemas) any |= this->types(one, depth + 1);
      types &= any;
    }
    if (const auto schemas = schema.find("allOf"); schemas != schema.end() && schemas->is_array()) {
      for (const Json& one : *schemas) types &= this->types(one, depth + 1);
    }
    if (const auto reference = schema.find("$ref"); reference != schema.end()) {
      if (const Json* target = referred(*reference)) types &= this->types(*target, depth + 1);
    }
    return types;
  }

 private:
  static uint8_t of_names(const Json& type) {
    if (!type.is_array()) return type_named(type);
    uint8_t types = 0;
    for (const Json& name : type) types |= type_named(name);
    return types;
  }

  const Json* referred(const Json& reference) const {
    if (!reference.is_string() || !reference.get_ref<const std::string&>().starts_with('#')) return nullptr;
    const Json* at = &root_;
    std::string_view path = std::string_view(reference.get_ref<const std::string&>()).substr(1);
    while (!path.empty() && path.starts_with('/')) {
      path.remove_prefix(1);
      const std::string_view name = path.substr(0, path.find('/'));
      if (!at->is_object()) return nullptr;
      const auto found = at->find(std::string(name));
      if (found == at->end()) return nullptr;
      at = &*found;
      path.remove_prefix(name.size());
    }
    return at;
  }

  const Json& root_;
  int num_seen_ = 0;
};

}  // namespace

const Tool* ToolSet::find(std::string_view name) const {
  const auto found = std::ranges::find(tools_, name, &Tool::name);
  return found == tools_.end() ? nullptr : &*found;
}

uint8_t argument_types(const Tool* tool, std::string_view key) {
  if (tool == nullptr || !tool->parameters.is_object()) return kAnyArgument;
  const auto properties = tool->parameters.find("properties");
  if (properties == tool->parameters.end() || !properties->is_object()) return kAnyArgument;
  const auto property = properties->find(std::string(key));
  if (property == properties->end()) return kAnyArgument;
  const uint8_t types = TypeReader(tool->parameters).types(*property);
  return types == 0 ? kAnyArgument : types;
}

std::string typed_argument(std::string_view text, uint8_t types) {
  if ((types & ~kStringArgument) != 0) {
    if (const auto json = value_as_json(text)) {
      const auto value = parse_json(*json, {.max_bytes = json->size()});
      // A quoted text is none where a text may be bare.
      const uint8_t type = value ? type_of(*value) : uint8_t{0};
      const bool is_bare_text = type == kStringArgument && (types & kStringArgument) != 0;
      if (type != 0 && !is_bare_text && (type == kStringArgument || (types & type) != 0)) return *json;
    }
  }
  return dump_json(Json(text));
}

}  // namespace hearth::api
