#include "api/tools/parameter_schema_check.h"

#include <algorithm>
#include <array>
#include <vector>

#include "api/parameters/parameter_reader.h"

namespace hearth::api {
namespace {

constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "integer", "number",
                                                    "string", "array",   "object"};

struct Open {
  const Json* schema;
  std::string pointer;
};

/// The parts of a name, as JSON pointers have them.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

class Checker {
 public:
  Checker(const Json& schema, const std::string& path) : path_(path) { open_.push_back({&schema, ""}); }

  Status run() {
    const Json* root = open_.back().schema;
    if (!root->is_object()) return wrong("", "must be an object, not {}", kind_of(*root));
    const auto type = root->find("type");
    if (type != root->end() && *type != "object")
      return wrong("/type", "must be \"object\": tools take named arguments");
    while (!open_.empty()) {
      const Open next = std::move(open_.back());
      open_.pop_back();
      TRY(check(*next.schema, next.pointer));
    }
    return {};
  }

 private:
  template <typename... Args>
  Status wrong(const std::string& pointer, fmt::format_string<Args...> message, Args&&... args) const {
    return fail(ErrorCode::kInvalidArgument, "{}: {}{}", path_, pointer.empty() ? "" : pointer + " ",
                fmt::format(message, std::forward<Args>(args)...));
  }

  Status check(const Json& schema, const std::string& pointer) {
    if (schema.is_boolean()) return {};
    if (!schema.is_object()) return wrong(pointer, "must be a schema, not {}", kind_of(schema));
    for (const auto& [name, value] : schema.items()) {
      TRY(check_member(name, value, pointer + "/" + escaped(name)));
    }
    return {};
  }

  Status check_member(std::string_view name, const Json& value, const std::string& pointer) {
    if (name == "type") return check_type(value, pointer);
    if (name == "properties" || name == "patternProperties" || name == "$defs" || name == "definitions") {
      if (!value.is_object()) return wrong(pointer, "must be an object of schemas, not {}", kind_of(value));
      for (const auto& [key, inner] : value.items()) open_.push_back({&inner, pointer + "/" + escaped(key)});
    } else if (name == "items" || name == "additionalProperties" || name == "not") {
      if (value.is_array() && name == "items") return check_list(value, pointer);
      open_.push_back({&value, pointer});
    } else if (name == "anyOf" || name == "oneOf" || name == "allOf" || name == "prefixItems") {
      if (!value.is_array()) return wrong(pointer, "must be an array of schemas, not {}", kind_of(value));
      return check_list(value, pointer);
    } else if (name == "required") {
      const bool is_list =
          value.is_array() && std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
      // Draft 3 had a boolean here, which some tools still write.
      if (!is_list && !value.is_boolean()) return wrong(pointer, "must be an array of strings");
    } else if (name == "enum") {
      if (!value.is_array()) return wrong(pointer, "must be an array, not {}", kind_of(value));
    } else if (name == "pattern" || name == "$ref") {
      if (!value.is_string()) return wrong(pointer, "must be a string, not {}", kind_of(value));
    }
    return {};
  }

  Status check_list(const Json& list, const std::string& pointer) {
    for (size_t i = 0; i < list.size(); ++i) open_.push_back({&list[i], fmt::format("{}/{}", pointer, i)});
    return {};
  }

  Status check_type(const Json& type, const std::string& pointer) const {
    const auto is_type = [](const Json& one) {
      return one.is_string() && std::ranges::find(kTypes, one.get_ref<const std::string&>()) != kTypes.end();
    };
    const bool is_list = type.is_array() && !type.empty() && std::ranges::all_of(type, is_type);
    if (is_list || is_type(type)) return {};
    return wrong(pointer, "is no type of JSON Schema");
  }

  const std::string& path_;
  std::vector<Open> open_;
};

}  // namespace

Status check_parameter_schema(const Json& schema, const std::string& path) {
  return Checker(schema, path).run();
}

}  // namespace hearth::api
