#include <algorithm>
#include <cmath>

#include "text/jinja/library/format.h"
#include "text/jinja/library/format_spec.h"
#include "text/jinja/library/html.h"
#include "text/jinja/value/number.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

constexpr int kDefaultPrecision = 6;

/// The % operator of strings: walks the template text and fills its %fields.
class PercentFormatter {
 public:
  PercentFormatter(Runtime& runtime, const OriginString& text, const Value& values, bool escape)
      : runtime_(runtime), text_(text), values_(values), escape_(escape) {}

  Status format(TextBuilder& out) {
    const std::string_view bytes = text_.view();
    size_t plain = 0;
    while ((at_ = bytes.find('%', plain)) != std::string_view::npos) {
      TRY(out.append(text_, plain, at_));
      ++at_;
      TRY(append_field(out));
      plain = at_;
    }
    TRY(out.append(text_, plain, bytes.size()));
    // What Python can subscript, but for str and tuple, need not be used up.
    const bool takes_any =
        values_.is_dict() || values_.is(Type::kList) || values_.is(Type::kRange) || values_.is_undefined();
    if (takes_any || next_ == num_values()) return {};
    return fail(ErrorCode::kInvalidArgument, "not all arguments converted during string formatting");
  }

 private:
  size_t num_values() const { return values_.is(Type::kTuple) ? values_.sequence().items.size() : 1; }

  Result<Value> next_value() {
    if (next_ >= num_values())
      return fail(ErrorCode::kInvalidArgument, "not enough arguments for format string");
    const size_t index = next_++;
    return values_.is(Type::kTuple) ? values_.sequence().items[index] : values_;
  }

  char peek() const { return at_ < text_.size() ? text_.view()[at_] : '\0'; }

  /// A width or precision: digits, or * for an argument.
  Result<int> read_size(FieldLayout* layout) {
    constexpr int64_t kHuge = 1'000'000'000;
    if (peek() == '*') {
      ++at_;
      const Value value = TRY(next_value());
      if (!value.is_int()) return fail(ErrorCode::kInvalidArgument, "* wants int");
      const int64_t size = std::clamp(value.as_int64(), -kHuge, kHuge);
      if (size < 0 && layout != nullptr) layout->align = '<';
      return int(layout != nullptr ? std::abs(size) : std::max<int64_t>(size, 0));
    }
    int64_t size = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) size = std::min<int64_t>(size * 10 + (peek() - '0'), kHuge);
    return int(size);
  }

  Status append_field(TextBuilder& out) {
    TRY(runtime_.spend(1));
    std::optional<Value> named;
    if (peek() == '(') named = TRY(read_name());
    FieldLayout layout;
    bool zero = false;
    for (;; ++at_) {
      const char flag = peek();
      if (flag == '-') {
        layout.align = '<';
      } else if (flag == '+' || (flag == ' ' && layout.sign != '+')) {
        layout.sign = flag;
      } else if (flag == '#') {
        layout.alternate = true;
      } else if (flag == '0') {
        zero = true;
      } else if (flag != ' ') {
        break;
      }
    }
    layout.width = size_t(TRY(read_size(&layout)));
    if (peek() == '.') {
      ++at_;
      layout.precision = TRY(read_size(nullptr));
    }
    while (peek() == 'h' || peek() == 'l' || peek() == 'L') ++at_;
    if (at_ >= text_.size()) return fail(ErrorCode::kInvalidArgument, "incomplete format");
    layout.type = text_.view()[at_++];
    if (layout.type == '%') return out.append("%", text_.origin_at(at_ - 1));
    const Value value = named ? *named : TRY(next_value());
    return append_value(out, layout, zero && layout.align != '<', value);
  }

  Result<Value> read_name() {
    if (!values_.is_dict()) return fail(ErrorCode::kInvalidArgument, "format requires a mapping");
    const std::string_view text = text_.view();
    const size_t begin = at_ + 1;
    int open = 1;
    for (++at_; at_ < text.size() && open > 0; ++at_)
      open += text[at_] == '(' ? 1 : text[at_] == ')' ? -1 : 0;
    if (open > 0) return fail(ErrorCode::kInvalidArgument, "incomplete format key");
    const std::string_view name = text.substr(begin, at_ - begin - 1);
    const Value* value = values_.dict().entries.find(name);
    if (value == nullptr) return fail(ErrorCode::kInvalidArgument, "format: no key '{}'", name);
    return *value;
  }

  Status append_value(TextBuilder& out, FieldLayout& layout, bool zero, const Value& value) {
    switch (layout.type) {
      case 's':
      case 'r':
        return append_text(out, layout, value);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return append_int(out, layout, zero, value);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return append_float(out, layout, zero, value);
      case 'c':
        return append_char(out, layout, value);
      default:
        return fail(ErrorCode::kInvalidArgument, "unsupported format character '{}'", layout.type);
    }
  }

  Status append_text(TextBuilder& out, const FieldLayout& layout, const Value& value) {
    TextBuilder plain(runtime_);
    TRY(layout.type == 's' ? append_str(plain, runtime_, value) : append_repr(plain, runtime_, value));
    const bool safe = layout.type == 's' && value.is_string() && value.string().is_markup();
    TextBuilder escaped(runtime_);
    if (escape_ && !safe) TRY(append_escaped(escaped, plain.text()));
    const Value text = TRY(runtime_.string(escape_ && !safe ? escaped.take() : plain.take()));
    const StringObject& string = text.string();
    const size_t end =
        layout.precision ? string.offset_of_point(size_t(*layout.precision)) : string.text().size();
    return append_aligned(out, layout, string.text().slice(0, end), '>');
  }

  Status append_int(TextBuilder& out, FieldLayout& layout, bool zero, const Value& value) {
    if (value.is_undefined()) return undefined_error(value);
    const bool decimal = layout.type == 'd' || layout.type == 'i' || layout.type == 'u';
    if (!value.is_int() && !(decimal && value.is(Type::kFloat))) {
      return fail(ErrorCode::kInvalidArgument, "%{} format: a number is required, not {}", layout.type,
                  type_name(value));
    }
    Wide number = value.is_int() ? value.as_int() : 0;
    if (value.is(Type::kFloat)) {
      if (!(std::fabs(value.as_double()) < 0x1p100))
        return fail(ErrorCode::kInvalidArgument, "%d format: no integer");
      number = Wide(value.as_double());
    }
    const int base = layout.type == 'o' ? 8 : decimal ? 10 : 16;
    std::string digits = digits_in_base(number, base);
    if (layout.type == 'X') {
      for (char& c : digits) c = c >= 'a' ? char(c - 32) : c;
    }
    if (layout.precision && digits.size() < size_t(*layout.precision)) {
      TRY(runtime_.meter().check_string(size_t(*layout.precision)));
      digits.insert(0, size_t(*layout.precision) - digits.size(), '0');
    }
    const std::string_view prefix = !layout.alternate || decimal ? ""
                                    : layout.type == 'o'         ? "0o"
                                    : layout.type == 'x'         ? "0x"
                                                                 : "0X";
    return append_signed(out, layout, zero, number < 0, prefix, digits, value.origin());
  }

  Status append_float(TextBuilder& out, FieldLayout& layout, bool zero, const Value& value) {
    if (value.is_undefined()) return undefined_error(value);
    if (!value.is_number()) {
      return fail(ErrorCode::kInvalidArgument, "must be real number, not {}", type_name(value));
    }
    const double number = value.as_double();
    const std::string digits = TRY(float_digits(
        runtime_, number, layout.type, layout.precision.value_or(kDefaultPrecision), layout.alternate));
    return append_signed(out, layout, zero, std::signbit(number) && !std::isnan(number), "", digits,
                         value.origin());
  }

  Status append_signed(TextBuilder& out, FieldLayout& layout, bool zero, bool negative,
                       std::string_view prefix, std::string digits, Origin origin) {
    if (zero) {
      layout.fill = "0";
      layout.align = '=';
    }
    return append_number(out, layout, negative, prefix, std::move(digits), origin);
  }

  Status append_char(TextBuilder& out, const FieldLayout& layout, const Value& value) {
    if (value.is_string() && value.string().num_points() == 1) {
      return append_aligned(out, layout, value.string().text(), '>');
    }
    constexpr int64_t kLastPoint = 0x10ffff;
    if (!value.is_int() || value.as_int() < 0 || value.as_int() > kLastPoint) {
      return fail(ErrorCode::kInvalidArgument, "%c requires an int of a code point, or a char");
    }
    std::string text;
    append_utf8(text, uint32_t(value.as_int64()));
    return append_aligned(out, layout, OriginString(text, value.origin()), '>');
  }

  Runtime& runtime_;
  const OriginString& text_;
  const Value& values_;
  const bool escape_;
  size_t at_ = 0;
  size_t next_ = 0;
};

}  // namespace

Result<Value> format_percent(Runtime& runtime, const Value& template_text, const Value& values) {
  const StringObject& string = template_text.string();
  TextBuilder out(runtime);
  TRY(PercentFormatter(runtime, string.text(), values, string.is_markup()).format(out));
  return runtime.string(out.take(), string.is_markup());
}

}  // namespace hearth::jinja
