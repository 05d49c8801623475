#include "text/jinja/library/filters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "text/jinja/library/attributes.h"
#include "text/jinja/library/json.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/number.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

Result<Value> absolute(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("abs", args));
  if (self.is(Type::kFloat)) return Value::real(std::fabs(self.as_double()), self.origin());
  if (self.is_int()) return Value::wide(self.as_int() < 0 ? -self.as_int() : self.as_int(), self.origin());
  return fail(ErrorCode::kInvalidArgument, "bad operand type for abs(): '{}'", type_name(self));
}

Result<Value> attr_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [name] = TRY(bind_args("attr", args, {{"name", true}}));
  if (self.is_undefined()) return undefined_error(self);
  if (!name->is_string())
    return fail(ErrorCode::kInvalidArgument, "attr: the attribute name must be a string");
  if (std::optional<Value> found = TRY(type_attribute(runtime, self, name->text()))) return std::move(*found);
  return runtime.undefined(UndefinedObject::Kind::kAttribute, name->text(), self.type());
}

Result<Value> default_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [otherwise, boolean] = TRY(bind_args("default", args, {{"default_value"}, {"boolean"}}));
  bool replaced = self.is_undefined();
  if (!replaced && boolean != nullptr && TRY(truth(runtime, *boolean))) replaced = !TRY(truth(runtime, self));
  if (!replaced) return self;
  return otherwise != nullptr ? *otherwise : runtime.string("");
}

/// int() of a float: towards zero. Nothing for infinities and NaN.
std::optional<Wide> whole_part(double value) {
  if (std::isnan(value) || std::isinf(value)) return std::nullopt;
  constexpr double kBound = 0x1p100;
  return Wide(std::clamp(value, -kBound, kBound));
}

Result<Value> int_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [otherwise, base] = TRY(bind_args("int", args, {{"default"}, {"base"}}));
  const Value fallback = otherwise != nullptr ? *otherwise : Value::integer(0);
  if (self.is_undefined()) return undefined_error(self);
  if (self.is_int()) return Value::wide(self.as_int(), self.origin());
  if (self.is(Type::kFloat)) {
    const std::optional<Wide> whole = whole_part(self.as_double());
    if (whole) return Value::wide(*whole, self.origin());
    if (std::isnan(self.as_double())) return fallback;
    return fail(ErrorCode::kInvalidArgument, "cannot convert float infinity to integer");
  }
  if (!self.is_string()) return fallback;
  TRY(runtime.meter().spend_scan(self.text().size()));
  const int64_t radix = TRY(int_arg("int", base, 10));
  bool too_large = false;
  if (radix == 0 || (radix >= 2 && radix <= 36)) {
    if (const auto value = parse_int(self.text(), int(radix), &too_large))
      return Value::wide(*value, self.origin());
  }
  if (too_large) return Value::wide(Wide(1) << 100);
  const std::optional<double> real = parse_float(self.text());
  const std::optional<Wide> whole = real ? whole_part(*real) : std::nullopt;
  return whole ? Value::wide(*whole, self.origin()) : Result<Value>(fallback);
}

Result<Value> float_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [otherwise] = TRY(bind_args("float", args, {{"default"}}));
  if (self.is_undefined()) return undefined_error(self);
  if (self.is_number()) return Value::real(self.as_double(), self.origin());
  if (self.is_string()) {
    TRY(runtime.meter().spend_scan(self.text().size()));
    if (const auto value = parse_float(self.text())) return Value::real(*value, self.origin());
  }
  return otherwise != nullptr ? *otherwise : Value::real(0);
}

/// round(int, digits) of Python for negative digits: to tens, hundreds, ties to even.
Result<Value> round_int(const Value& value, int64_t digits) {
  constexpr int64_t kMostDigits = 20;
  if (digits >= 0) return Value::wide(value.as_int(), value.origin());
  if (digits < -kMostDigits) return Value::integer(0, value.origin());
  Wide unit = 1;
  for (int64_t i = 0; i < -digits; ++i) unit *= 10;
  const Wide low = floor_div(value.as_int(), unit), rest = value.as_int() - low * unit;
  const bool up = rest * 2 > unit || (rest * 2 == unit && low % 2 != 0);
  return Value::wide((low + (up ? 1 : 0)) * unit, value.origin());
}

Result<Value> round_filter(Runtime&, const Value& self, Args& args) {
  const auto [precision, method] = TRY(bind_args("round", args, {{"precision"}, {"method"}}));
  const int64_t digits = TRY(int_arg("round", precision, 0));
  const OriginString how = TRY(text_arg("round", method, "common"));
  if (how.view() != "common" && how.view() != "ceil" && how.view() != "floor") {
    return fail(ErrorCode::kInvalidArgument, "round: method must be common, ceil or floor");
  }
  if (self.is_undefined()) return undefined_error(self);
  if (!self.is_number())
    return fail(ErrorCode::kInvalidArgument, "round: no number, but {}", type_name(self));
  const int places = int(std::clamp<int64_t>(digits, -400, 400));
  if (how.view() == "common") {
    if (self.is_int()) return round_int(self, digits);
    return Value::real(round_to(self.as_double(), places), self.origin());
  }
  const double unit = std::pow(10.0, places), scaled = self.as_double() * unit;
  if (!std::isfinite(scaled)) return fail(ErrorCode::kInvalidArgument, "round: the number is out of range");
  return Value::real((how.view() == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit, self.origin());
}

Result<Value> filesizeformat(Runtime& runtime, const Value& self, Args& args) {
  const auto [binary_units] = TRY(bind_args("filesizeformat", args, {{"binary"}}));
  const bool binary = binary_units != nullptr && TRY(truth(runtime, *binary_units));
  std::optional<double> size;
  if (self.is_number()) size = self.as_double();
  if (self.is_string()) size = parse_float(self.text());
  if (!size) return fail(ErrorCode::kInvalidArgument, "filesizeformat: no number, but {}", type_name(self));
  const double base = binary ? 1024 : 1000;
  std::string text;
  if (*size == 1) {
    text = "1 Byte";
  } else if (*size < base) {
    text = fmt::format("{:.0f} Bytes", std::trunc(*size));
  } else {
    double unit = base;
    size_t prefix = 0;
    constexpr std::string_view kPrefixes = "kMGTPEZY";
    for (; prefix + 1 < kPrefixes.size() && *size >= unit * base; ++prefix) unit *= base;
    const char letter = binary && prefix == 0 ? 'K' : kPrefixes[prefix];
    text = fmt::format("{:.1f} {}{}", base * *size / (unit * base), letter, binary ? "iB" : "B");
  }
  return runtime.string(text, self.origin());
}

/// The separators of json.dumps: a pair of strings.
Status read_separators(Runtime& runtime, const Value& pair, JsonStyle& style) {
  const std::vector<Value> parts = TRY(to_items(runtime, pair));
  if (parts.size() != 2 || !parts[0].is_string() || !parts[1].is_string()) {
    return fail(ErrorCode::kInvalidArgument, "tojson: separators must be a pair of strings");
  }
  style.item_separator = parts[0].string().text();
  style.key_separator = parts[1].string().text();
  return {};
}

Result<OriginString> read_indent(Runtime& runtime, const Value& indent) {
  if (indent.is_string()) return indent.string().text();
  if (!indent.is_int())
    return fail(ErrorCode::kInvalidArgument, "tojson: indent must be an integer or a string");
  TextBuilder spaces(runtime);
  TRY(spaces.append_repeated(size_t(std::max<int64_t>(indent.as_int64(), 0)), " ", Origin::kTemplate));
  return spaces.take();
}

Result<Value> tojson(Runtime& runtime, const Value& self, Args& args) {
  const auto [ensure_ascii, indent, separators, sort_keys] =
      TRY(bind_args("tojson", args, {{"ensure_ascii"}, {"indent"}, {"separators"}, {"sort_keys"}}));
  JsonStyle style;
  style.ensure_ascii = ensure_ascii != nullptr && TRY(truth(runtime, *ensure_ascii));
  style.sort_keys = sort_keys != nullptr && TRY(truth(runtime, *sort_keys));
  if (is_given(indent)) style.indent = TRY(read_indent(runtime, *indent));
  style.item_separator = OriginString(style.indent ? "," : ", ", Origin::kTemplate);
  style.key_separator = OriginString(": ", Origin::kTemplate);
  if (is_given(separators)) TRY(read_separators(runtime, *separators, style));
  TextBuilder out(runtime);
  TRY(append_json(out, runtime, self, style));
  return runtime.string(out.take());
}

template <const char* kName>
Result<Value> unsupported(Runtime&, const Value&, Args&) {
  return fail(ErrorCode::kUnsupported, "the filter '{}'", kName);
}
constexpr char kPprint[] = "pprint", kRandom[] = "random", kUrlize[] = "urlize", kWordwrap[] = "wordwrap";

constexpr auto kValueFilters = std::to_array<NativeEntry>({
    {"abs", absolute},
    {"attr", attr_filter},
    {"d", default_filter},
    {"default", default_filter},
    {"filesizeformat", filesizeformat},
    {"float", float_filter},
    {"int", int_filter},
    {"pprint", unsupported<kPprint>},
    {"random", unsupported<kRandom>},
    {"round", round_filter},
    {"tojson", tojson},
    {"urlize", unsupported<kUrlize>},
    {"wordwrap", unsupported<kWordwrap>},
});
static_assert(std::ranges::is_sorted(kValueFilters, {}, &NativeEntry::name));

}  // namespace

std::span<const NativeEntry> value_filters() { return kValueFilters; }

NativeFunction find_filter(std::string_view name) {
  for (const auto table : {string_filters(), sequence_filters(), value_filters()}) {
    if (const NativeFunction function = find_native(table, name)) return function;
  }
  return nullptr;
}

}  // namespace hearth::jinja
