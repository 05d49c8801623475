#include <string>

#include "text/gotemplate/functions.h"

namespace hearth::gotemplate {
namespace {

using jinja::Type;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? char(c - 'A' + 'a') : c; }

/// ToolCallID -> tool_call_id.
std::string snake_case(std::string_view name) {
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool begins = is_upper(name[i]) && i > 0 &&
                        (!is_upper(name[i - 1]) || (i + 1 < name.size() && !is_upper(name[i + 1])));
    if (begins) snake += '_';
    snake += lower(name[i]);
  }
  return snake;
}

/// The type of a parameter in TypeScript, as the templates of gpt-oss print it.
std::string typescript_of(std::string_view type) {
  if (type == "integer" || type == "number") return "number";
  if (type == "array") return "any[]";
  if (type == "object") return "Record<string, any>";
  if (type == "string" || type == "boolean" || type == "null") return std::string(type);
  return "any";
}

Result<Value> typescript_type(Runtime& runtime, const Value& schema) {
  const jinja::Dict& entries = schema.dict().entries;
  std::string text;
  const auto add = [&](const std::string& type) { text += (text.empty() ? "" : " | ") + type; };
  if (const Value* any = entries.find("anyOf"); any != nullptr && any->is_sequence()) {
    for (const Value& branch : any->sequence().items) {
      TRY(runtime.spend(1));
      const Value* type = branch.is_dict() ? branch.dict().entries.find("type") : nullptr;
      add(type != nullptr && type->is_string() ? typescript_of(type->text()) : "any");
    }
  } else if (const Value* type = entries.find("type"); type != nullptr && type->is_string()) {
    add(typescript_of(type->text()));
  } else if (type != nullptr && type->is_sequence()) {
    for (const Value& item : type->sequence().items) {
      TRY(runtime.spend(1));
      add(item.is_string() ? typescript_of(item.text()) : "any");
    }
  }
  return runtime.string(text.empty() ? std::string("any") : text);
}

}  // namespace

Result<Value> field_of(Runtime& runtime, const Value& value, std::string_view name) {
  TRY(runtime.spend(1));
  if (value.is_none()) return Value();
  if (!value.is_dict()) {
    return fail(ErrorCode::kInvalidArgument, "a value of type {} has no field {}", type_name(value), name);
  }
  const jinja::Dict& entries = value.dict().entries;
  if (const Value* member = entries.find(name)) return *member;
  if (const Value* member = entries.find(snake_case(name))) return *member;
  if (!name.empty()) {
    if (const Value* member = entries.find(lower(name[0]) + std::string(name.substr(1)))) return *member;
  }
  if (name == "ToTypeScriptType") return typescript_type(runtime, value);
  return Value();
}

}  // namespace hearth::gotemplate
