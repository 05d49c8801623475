#include "text/jinja/library/format.h"

#include <charconv>
#include <cmath>

#include "text/jinja/library/attributes.h"
#include "text/jinja/library/format_spec.h"
#include "text/jinja/library/html.h"
#include "text/jinja/value/number.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

constexpr int kDefaultPrecision = 6;

std::unexpected<Error> unknown_type(char type, const Value& value) {
  return fail(ErrorCode::kInvalidArgument, "unknown format code '{}' for object of type '{}'", type,
              type_name(value));
}

Status format_text(TextBuilder& out, Runtime& runtime, const Value& value, const FieldLayout& layout) {
  if (layout.type != 0 && layout.type != 's') return unknown_type(layout.type, value);
  if (layout.sign != '-' || layout.align == '=' || layout.grouping != 0 || layout.alternate) {
    return fail(ErrorCode::kInvalidArgument, "a format specifier for numbers was used for a string");
  }
  const Value text = TRY(to_string(runtime, value));
  const StringObject& string = text.string();
  if (!layout.precision) return append_aligned(out, layout, string.text(), '<');
  const OriginString cut = string.text().slice(0, string.offset_of_point(size_t(*layout.precision)));
  return append_aligned(out, layout, cut, '<');
}

Status format_float(TextBuilder& out, Runtime& runtime, const Value& value, FieldLayout layout) {
  const double number = value.as_double();
  const char type = layout.type == 'n' ? 'g' : layout.type;
  std::string digits;
  switch (type) {
    case 0:
      if (!layout.precision) {
        digits = float_repr(std::fabs(number));
      } else {
        // As `g`, but a number without exponent keeps a digit behind the point.
        digits = TRY(float_digits(runtime, number, 'g', *layout.precision, false));
        if (digits.find_first_of(".en") == std::string::npos) {
          const bool full = int(digits.size()) >= std::max(*layout.precision, 1);
          digits = full ? TRY(float_digits(runtime, number, 'e', std::max(*layout.precision, 1) - 1, false))
                        : digits + ".0";
        }
      }
      break;
    case '%':
      digits =
          TRY(float_digits(runtime, number * 100, 'f', layout.precision.value_or(kDefaultPrecision), false)) +
          "%";
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      digits = TRY(float_digits(runtime, number, type, layout.precision.value_or(kDefaultPrecision),
                                layout.alternate));
      break;
    default:
      return unknown_type(layout.type, value);
  }
  return append_number(out, layout, std::signbit(number) && !std::isnan(number), "", digits, value.origin());
}

Status format_int(TextBuilder& out, Runtime& runtime, const Value& value, const FieldLayout& layout) {
  const Wide number = value.as_int();
  int base = 10;
  std::string_view prefix;
  switch (layout.type) {
    case 0:
    case 'd':
    case 'n':
      break;
    case 'b':
      base = 2, prefix = "0b";
      break;
    case 'o':
      base = 8, prefix = "0o";
      break;
    case 'x':
      base = 16, prefix = "0x";
      break;
    case 'X':
      base = 16, prefix = "0X";
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%':
      return format_float(out, runtime, Value::real(value.as_double(), value.origin()), layout);
    case 'c':
      return fail(ErrorCode::kUnsupported, "format code 'c'");
    default:
      return unknown_type(layout.type, value);
  }
  if (layout.precision)
    return fail(ErrorCode::kInvalidArgument, "precision not allowed in integer format specifier");
  std::string digits = digits_in_base(number, base);
  if (layout.type == 'X') {
    for (char& c : digits) c = c >= 'a' ? char(c - 32) : c;
  }
  return append_number(out, layout, number < 0, layout.alternate ? prefix : "", digits, value.origin());
}

}  // namespace

Status format_value(TextBuilder& out, Runtime& runtime, const Value& value, const OriginString& spec) {
  if (spec.empty()) return append_str(out, runtime, value);
  const FieldLayout layout = TRY(parse_format_spec(spec));
  if (value.is_string()) return format_text(out, runtime, value, layout);
  if (value.is_int()) return format_int(out, runtime, value, layout);
  if (value.is(Type::kFloat)) return format_float(out, runtime, value, layout);
  return fail(ErrorCode::kInvalidArgument, "unsupported format string passed to {}.__format__",
              type_name(value));
}

namespace {

/// str.format(): walks the template text and fills its {fields}.
class BraceFormatter {
 public:
  BraceFormatter(Runtime& runtime, Args& args, bool escape)
      : runtime_(runtime), args_(args), escape_(escape) {}

  Status format(TextBuilder& out, const OriginString& text, int depth) {
    if (depth > 2) return fail(ErrorCode::kInvalidArgument, "format: fields nested too deep");
    const std::string_view bytes = text.view();
    size_t plain = 0;
    for (size_t at = 0; at < bytes.size();) {
      if (bytes[at] != '{' && bytes[at] != '}') {
        ++at;
        continue;
      }
      TRY(out.append(text, plain, at));
      if (at + 1 < bytes.size() && bytes[at + 1] == bytes[at]) {
        TRY(out.append(text, at, at + 1));
        at += 2;
      } else if (bytes[at] == '}') {
        return fail(ErrorCode::kInvalidArgument, "single '}}' in a format string");
      } else {
        const size_t end = TRY(field_end(bytes, at));
        TRY(append_field(out, text.slice(at + 1, end), depth));
        at = end + 1;
      }
      plain = at;
    }
    return out.append(text, plain, bytes.size());
  }

 private:
  /// The `}` that ends the field whose `{` is at `begin`.
  static Result<size_t> field_end(std::string_view text, size_t begin) {
    int open = 0;
    for (size_t at = begin; at < text.size(); ++at) {
      if (text[at] == '{') ++open;
      if (text[at] == '}' && --open == 0) return at;
    }
    return fail(ErrorCode::kInvalidArgument, "expected '}}' before end of the format string");
  }

  Status append_field(TextBuilder& out, const OriginString& field, int depth) {
    TRY(runtime_.spend(1));
    const std::string_view text = field.view();
    // Inside of [] neither mark ends the name.
    size_t name_end = 0;
    for (bool bracket = false; name_end < text.size(); ++name_end) {
      if (text[name_end] == '[') bracket = true;
      if (text[name_end] == ']') bracket = false;
      if (!bracket && (text[name_end] == '!' || text[name_end] == ':')) break;
    }
    Value value = TRY(resolve(text.substr(0, name_end)));
    size_t at = name_end;
    if (at < text.size() && text[at] == '!') {
      const bool valid = at + 1 < text.size() && (at + 2 == text.size() || text[at + 2] == ':');
      if (!valid) return fail(ErrorCode::kInvalidArgument, "malformed conversion in a format string");
      value = TRY(convert(value, text[at + 1]));
      at += 2;
    }
    TextBuilder spec(runtime_);
    if (at < text.size()) TRY(format(spec, field.slice(at + 1, text.size()), depth + 1));
    if (!escape_) return format_value(out, runtime_, value, spec.text());
    if (value.is_string() && value.string().is_markup() && !spec.text().empty()) {
      return fail(ErrorCode::kInvalidArgument, "unsupported format specification for Markup");
    }
    TextBuilder plain(runtime_);
    TRY(format_value(plain, runtime_, value, spec.text()));
    const bool safe = value.is_string() && value.string().is_markup();
    return safe ? out.append(plain.text()) : append_escaped(out, plain.text());
  }

  Result<Value> convert(const Value& value, char conversion) {
    if (conversion == 's') return to_string(runtime_, value);
    if (conversion != 'r') return fail(ErrorCode::kUnsupported, "format: conversion '!{}'", conversion);
    TextBuilder text(runtime_);
    TRY(append_repr(text, runtime_, value));
    return runtime_.string(text.take());
  }

  /// The value of a field's name: an argument, then .attributes and [elements].
  Result<Value> resolve(std::string_view path) {
    const size_t end = std::min(path.find_first_of(".["), path.size());
    Value value = TRY(argument(path.substr(0, end)));
    for (size_t at = end; at < path.size();) {
      if (path[at] == '.') {
        const size_t stop = std::min(path.find_first_of(".[", at + 1), path.size());
        value = TRY(attribute(runtime_, value, path.substr(at + 1, stop - at - 1)));
        at = stop;
        continue;
      }
      const size_t stop = path.find(']', at);
      if (path[at] != '[' || stop == path.npos || stop == at + 1) {
        return fail(ErrorCode::kInvalidArgument, "malformed field '{}' in a format string", path);
      }
      const std::string_view key = path.substr(at + 1, stop - at - 1);
      int64_t index = 0;
      const auto [last, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool number = error == std::errc() && last == key.data() + key.size() && key[0] != '-';
      value = TRY(subscript(runtime_, value, number ? Value::integer(index) : TRY(runtime_.string(key))));
      at = stop + 1;
    }
    return value;
  }

  Result<Value> argument(std::string_view name) {
    const bool automatic = name.empty();
    size_t index = 0;
    const auto [last, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool numbered = !automatic && error == std::errc() && last == name.data() + name.size();
    if (!automatic && !numbered) {
      for (const Keyword& keyword : args_.keywords) {
        if (keyword.name == name) return keyword.value;
      }
      return fail(ErrorCode::kInvalidArgument, "format: no argument named '{}'", name);
    }
    if ((automatic && saw_numbered_) || (numbered && next_ > 0)) {
      return fail(ErrorCode::kInvalidArgument, "format: numbered and automatic fields do not go together");
    }
    saw_numbered_ = numbered;
    if (automatic) index = next_++;
    if (index >= args_.positional.size()) {
      return fail(ErrorCode::kInvalidArgument, "format: no argument with index {}", index);
    }
    return args_.positional[index];
  }

  Runtime& runtime_;
  Args& args_;
  const bool escape_;
  size_t next_ = 0;
  bool saw_numbered_ = false;
};

}  // namespace

Result<Value> format_braces(Runtime& runtime, const Value& template_text, Args& args) {
  const StringObject& string = template_text.string();
  TextBuilder out(runtime);
  TRY(BraceFormatter(runtime, args, string.is_markup()).format(out, string.text(), 0));
  return runtime.string(out.take(), string.is_markup());
}

}  // namespace hearth::jinja
