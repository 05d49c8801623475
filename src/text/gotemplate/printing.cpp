#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "text/gotemplate/functions.h"
#include "text/jinja/library/json.h"
#include "text/jinja/value/number.h"

namespace hearth::gotemplate {
namespace {

using jinja::StackScope;
using jinja::TextBuilder;
using jinja::Type;

/// The fewest digits that read as the same number, as fmt has them for %v: with an exponent below 1e-4 and
/// from a million on.
std::string float_text(const Value& value) {
  if (const std::string* written = value.written_text()) return *written;
  const double number = value.as_double();
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Inf" : "+Inf";
  const double size = std::fabs(number);
  const bool has_exponent = size != 0 && (size < 1e-4 || size >= 1e6);
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 has_exponent ? std::chars_format::scientific : std::chars_format::fixed);
  return std::string(text.data(), end.ptr);
}

bool holds_objects(const jinja::SequenceObject& list) {
  return !list.items.empty() && list.items.front().is_dict();
}

}  // namespace

Status append_go_json(Runtime& runtime, TextBuilder& out, const Value& value) {
  return append_json(out, runtime, value,
                     {.escape_html = true,
                      .indent = {},
                      .item_separator = {",", Origin::kTemplate},
                      .key_separator = {":", Origin::kTemplate}});
}

Status print(Runtime& runtime, TextBuilder& out, const Value& value) {
  const StackScope scope(runtime);
  TRY(scope.check());
  TRY(runtime.spend(1));
  switch (value.type()) {
    case Type::kNone:
    case Type::kUndefined:
      return {};
    case Type::kString:
      return out.append(value.string().text());
    case Type::kBool:
      return out.append(value.as_bool() ? "true" : "false", value.origin());
    case Type::kInt:
      return out.append(jinja::int_text(value.as_int()), value.origin());
    case Type::kFloat:
      return out.append(float_text(value), value.origin());
    case Type::kList:
    case Type::kTuple: {
      const auto& list = value.sequence();
      if (holds_objects(list)) return append_go_json(runtime, out, value);
      TRY(out.append("[", value.origin()));
      for (size_t i = 0; i < list.items.size(); ++i) {
        if (i > 0) TRY(out.append(" ", value.origin()));
        TRY(print(runtime, out, list.items[i]));
      }
      return out.append("]", value.origin());
    }
    default:
      return append_go_json(runtime, out, value);
  }
}

}  // namespace hearth::gotemplate
