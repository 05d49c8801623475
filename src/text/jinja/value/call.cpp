#include "text/jinja/value/call.h"

#include <algorithm>

namespace hearth::jinja {

std::optional<Value> Args::take(std::string_view name) {
  const auto at = std::ranges::find(keywords, name, &Keyword::name);
  if (at == keywords.end()) return std::nullopt;
  Value value = std::move(at->value);
  keywords.erase(at);
  return value;
}

NativeFunction find_native(std::span<const NativeEntry> table, std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &NativeEntry::name);
  return at != table.end() && at->name == name ? at->function : nullptr;
}

Status bind_args(std::string_view function, Args& args, std::span<const Param> params,
                 std::span<const Value*> bound) {
  if (args.positional.size() > params.size()) {
    return fail(ErrorCode::kInvalidArgument, "{}() takes at most {} arguments, {} were given", function,
                params.size(), args.positional.size());
  }
  for (size_t i = 0; i < args.positional.size(); ++i) bound[i] = &args.positional[i];
  for (const Keyword& keyword : args.keywords) {
    const auto param = std::ranges::find(params, keyword.name, &Param::name);
    if (param == params.end() || keyword.name.empty()) {
      return fail(ErrorCode::kInvalidArgument, "{}() takes no argument named '{}'", function, keyword.name);
    }
    const Value*& place = bound[size_t(param - params.begin())];
    if (place != nullptr) {
      return fail(ErrorCode::kInvalidArgument, "{}() got two values for '{}'", function, keyword.name);
    }
    place = &keyword.value;
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].required && bound[i] == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "{}() needs {} argument(s)", function, i + 1);
    }
  }
  return {};
}

Status bind_nothing(std::string_view function, const Args& args) {
  if (args.positional.empty() && args.keywords.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, "{}() takes no arguments", function);
}

bool is_given(const Value* value) { return value != nullptr && !value->is_none(); }

Result<int64_t> int_arg(std::string_view function, const Value* value, int64_t otherwise) {
  if (value == nullptr) return otherwise;
  if (value->is_int()) return value->as_int64();
  return fail(ErrorCode::kInvalidArgument, "{}() needs an integer, not {}", function, type_name(*value));
}

Result<OriginString> text_arg(std::string_view function, const Value* value, std::string_view otherwise) {
  if (value == nullptr) return OriginString(std::string(otherwise), Origin::kTemplate);
  if (value->is_string()) return value->string().text();
  return fail(ErrorCode::kInvalidArgument, "{}() needs a string, not {}", function, type_name(*value));
}

}  // namespace hearth::jinja
