#include "text/jinja/library/json.h"

#include <cmath>

#include <fmt/format.h>

#include "text/jinja/value/number.h"
#include "text/jinja/value/operators.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

class JsonWriter {
 public:
  JsonWriter(TextBuilder& out, Runtime& runtime, const JsonStyle& style)
      : out_(out), runtime_(runtime), style_(style) {}

  Status write(const Value& value, int depth) {
    TRY(runtime_.spend(1));
    if (depth > runtime_.limits().max_depth) return too_deep("values", runtime_.limits().max_depth);
    switch (value.type()) {
      case Type::kString:
        return write_string(value.string().text());
      case Type::kList:
      case Type::kTuple:
        return write_list(value.sequence(), depth);
      case Type::kDict:
        return write_dict(value.dict(), depth);
      case Type::kNone:
      case Type::kBool:
      case Type::kInt:
      case Type::kFloat:
        return out_.append(scalar_text(value), value.origin());
      default:
        return fail(ErrorCode::kInvalidArgument, "tojson: a value of type {} has no JSON form",
                    type_name(value));
    }
  }

 private:
  static std::string scalar_text(const Value& value) {
    if (value.is_none()) return "null";
    if (value.is(Type::kBool)) return value.as_bool() ? "true" : "false";
    if (value.is(Type::kInt)) return int_text(value.as_int());
    if (const std::string* written = value.written_text()) return *written;
    const double number = value.as_double();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return float_repr(number);
  }

  static bool is_html(uint32_t point) { return point == '<' || point == '>' || point == '&'; }

  static std::string unicode_escape(uint32_t unit) { return fmt::format("\\u{:04x}", unit); }

  /// The escape of a code point; empty where it stands for itself.
  std::string escape_of(uint32_t point, uint8_t first_byte) const {
    switch (point) {
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      case '\b':
        return "\\b";
      case '\f':
        return "\\f";
      default:
        break;
    }
    if (point < 0x20) return unicode_escape(point);
    if (style_.escape_html && is_html(point)) return unicode_escape(point);
    if (point < 0x7f || !style_.ensure_ascii) return {};
    if (point == 0x7f) return {};
    if (point == Utf8Step::kBadByte) return unicode_escape(0xdc00u | first_byte);
    if (point < 0x10000) return unicode_escape(point);
    return unicode_escape(0xd800 + ((point - 0x10000) >> 10)) +
           unicode_escape(0xdc00 + ((point - 0x10000) & 0x3ff));
  }

  Status write_string(const OriginString& text) {
    TRY(runtime_.meter().spend_scan(text.size()));
    const std::string_view bytes = text.view();
    TRY(out_.append("\"", text.origin_at(0)));
    size_t plain = 0;
    for (size_t at = 0; at < bytes.size();) {
      const auto byte = uint8_t(bytes[at]);
      const bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
      if (is_plain && !(style_.escape_html && is_html(byte))) {
        ++at;
        continue;
      }
      const Utf8Step step = next_utf8(bytes.substr(at));
      const std::string escape = escape_of(step.code_point, byte);
      if (!escape.empty()) {
        TRY(out_.append(text, plain, at));
        TRY(out_.append(escape, text.origin_at(at)));
        plain = at + step.size;
      }
      at += step.size;
    }
    TRY(out_.append(text, plain, bytes.size()));
    return out_.append("\"", text.empty() ? Origin::kTemplate : text.origin_at(text.size() - 1));
  }

  /// What stands between the parts of a container that came in as content is content too.
  Status write_mark(const OriginString& text, Origin marks) {
    return marks == Origin::kContent ? out_.append(text.view(), marks) : out_.append(text);
  }

  Status write_line_start(Origin marks, int depth) {
    if (!style_.indent) return {};
    TRY(out_.append("\n", marks));
    for (int i = 0; i < depth; ++i) TRY(write_mark(*style_.indent, marks));
    return {};
  }

  Status write_list(const SequenceObject& list, int depth) {
    if (list.items.empty()) return out_.append("[]", list.origin);
    TRY(out_.append("[", list.origin));
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) TRY(write_mark(style_.item_separator, list.origin));
      TRY(write_line_start(list.origin, depth + 1));
      TRY(write(list.items[i], depth + 1));
    }
    TRY(write_line_start(list.origin, depth));
    return out_.append("]", list.origin);
  }

  Status write_key(const Value& key) {
    if (key.is_string()) return write_string(key.string().text());
    if (!key.is_none() && !key.is_number()) {
      return fail(ErrorCode::kInvalidArgument, "tojson: keys must be str, int, float, bool or None, not {}",
                  type_name(key));
    }
    return out_.append('"' + scalar_text(key) + '"', key.origin());
  }

  Result<std::vector<std::pair<Value, Value>>> sorted_entries(const Dict& dict) {
    std::vector<std::pair<Value, Value>> entries;
    for (const Dict::Entry& entry : dict.entries()) entries.emplace_back(entry.key, entry.value);
    TRY(sort_by_key(runtime_, entries, false));
    return entries;
  }

  Status write_entry(const Value& key, const Value& value, Origin marks, bool first, int depth) {
    if (!first) TRY(write_mark(style_.item_separator, marks));
    TRY(write_line_start(marks, depth + 1));
    TRY(write_key(key));
    TRY(write_mark(style_.key_separator, marks));
    return write(value, depth + 1);
  }

  Status write_dict(const DictObject& dict, int depth) {
    if (dict.entries.size() == 0) return out_.append("{}", dict.origin);
    TRY(out_.append("{", dict.origin));
    bool first = true;
    if (style_.sort_keys) {
      for (const auto& [key, value] : TRY(sorted_entries(dict.entries))) {
        TRY(write_entry(key, value, dict.origin, std::exchange(first, false), depth));
      }
    } else {
      for (const Dict::Entry& entry : dict.entries.entries()) {
        TRY(write_entry(entry.key, entry.value, dict.origin, std::exchange(first, false), depth));
      }
    }
    TRY(write_line_start(dict.origin, depth));
    return out_.append("}", dict.origin);
  }

  TextBuilder& out_;
  Runtime& runtime_;
  const JsonStyle& style_;
};

using Json = nlohmann::ordered_json;

Result<Value> from_json_at(Runtime& runtime, const Json& json, Origin origin, int depth) {
  if (depth > runtime.limits().max_depth) return too_deep("JSON", runtime.limits().max_depth);
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value::boolean(json.get<bool>(), origin);
    case Json::value_t::number_integer:
      return Value::integer(json.get<int64_t>(), origin);
    case Json::value_t::number_unsigned:
      return Value::wide(Wide(json.get<uint64_t>()), origin);
    case Json::value_t::number_float:
      return Value::real(json.get<double>(), origin);
    case Json::value_t::string:
      return runtime.string(json.get_ref<const std::string&>(), origin);
    case Json::value_t::array: {
      std::vector<Value> items;
      TRY(runtime.meter().check_room(json.size() * sizeof(Value)));
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(TRY(from_json_at(runtime, item, origin, depth + 1)));
      return runtime.list(std::move(items), origin);
    }
    case Json::value_t::object: {
      Dict dict;
      TRY(runtime.meter().check_room(json.size() * sizeof(Dict::Entry)));
      dict.reserve(json.size());
      for (const auto& [key, item] : json.items()) {
        Value name = TRY(runtime.string(key, origin));
        dict.append(std::move(name), TRY(from_json_at(runtime, item, origin, depth + 1)));
      }
      return runtime.dict(std::move(dict), origin);
    }
    default:
      return Value::none(origin);
  }
}

}  // namespace

Status append_json(TextBuilder& out, Runtime& runtime, const Value& value, const JsonStyle& style) {
  return JsonWriter(out, runtime, style).write(value, 0);
}

Result<Value> from_json(Runtime& runtime, const nlohmann::ordered_json& json, Origin origin) {
  return from_json_at(runtime, json, origin, 0);
}

}  // namespace hearth::jinja
