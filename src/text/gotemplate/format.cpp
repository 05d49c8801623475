#include <algorithm>

#include <fmt/format.h>

#include "text/gotemplate/functions.h"

namespace hearth::gotemplate {
namespace {

using jinja::TextBuilder;
using jinja::Type;

constexpr size_t kMaxWidth = 1000;

/// %[flags][width][.precision]verb
struct Directive {
  bool minus = false, plus = false, zero = false;
  size_t width = 0;
  std::optional<size_t> precision = {};
  char verb = '\0';
};

class Formatter {
 public:
  Formatter(Runtime& runtime, const jinja::OriginString& format, std::span<const Value> arguments)
      : runtime_(runtime), format_(format), arguments_(arguments), out_(runtime) {}

  Result<Value> run() {
    const std::string_view text = format_.view();
    while (at_ < text.size()) {
      const size_t percent = std::min(text.find('%', at_), text.size());
      TRY(out_.append(format_, at_, percent));
      at_ = percent;
      if (at_ < text.size()) TRY(append_directive());
    }
    return runtime_.string(out_.take());
  }

 private:
  char peek() const { return at_ < format_.size() ? format_.view()[at_] : '\0'; }

  size_t number() {
    size_t value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_)
      value = std::min(value * 10 + size_t(peek() - '0'), kMaxWidth);
    return value;
  }

  Directive read() {
    Directive directive;
    for (++at_;; ++at_) {
      if (peek() == '-')
        directive.minus = true;
      else if (peek() == '+')
        directive.plus = true;
      else if (peek() == '0')
        directive.zero = true;
      else if (peek() != '#' && peek() != ' ')
        break;
    }
    directive.width = number();
    if (peek() == '.') {
      ++at_;
      directive.precision = number();
    }
    directive.verb = peek();
    if (directive.verb != '\0') ++at_;
    return directive;
  }

  Status append_directive() {
    const Directive directive = read();
    if (directive.verb == '%') return out_.append("%", Origin::kTemplate);
    if (next_ >= arguments_.size())
      return fail(ErrorCode::kInvalidArgument, "printf has fewer arguments than its format");
    const Value& value = arguments_[next_++];
    jinja::OriginString text = TRY(text_of(directive, value));
    if (directive.precision && (directive.verb == 's' || directive.verb == 'v') && value.is_string())
      text = text.slice(0, std::min(*directive.precision, text.size()));
    const size_t fill = directive.width > text.size() ? directive.width - text.size() : 0;
    const bool zeros = directive.zero && !directive.minus && value.is_number();
    if (!directive.minus) TRY(out_.append_repeated(fill, zeros ? "0" : " ", Origin::kTemplate));
    TRY(out_.append(text));
    return directive.minus ? out_.append_repeated(fill, " ", Origin::kTemplate) : Status();
  }

  Result<jinja::OriginString> text_of(const Directive& directive, const Value& value) {
    TextBuilder text(runtime_);
    switch (directive.verb) {
      case 's':
      case 'v':
      case 't':
        TRY(print(runtime_, text, value));
        break;
      case 'd':
        if (!value.is(Type::kInt)) return mismatch(directive);
        if (directive.plus && value.as_int() >= 0) TRY(text.append("+", value.origin()));
        TRY(print(runtime_, text, value));
        break;
      case 'q':
        if (!value.is_string()) return mismatch(directive);
        TRY(append_go_json(runtime_, text, value));
        break;
      case 'f':
        if (!value.is(Type::kFloat)) return mismatch(directive);
        TRY(text.append(fmt::format("{:.{}f}", value.as_double(), int(directive.precision.value_or(6))),
                        value.origin()));
        break;
      case 'x':
        if (!value.is(Type::kInt)) return mismatch(directive);
        TRY(text.append(fmt::format("{:x}", value.as_int64()), value.origin()));
        break;
      default:
        return fail(ErrorCode::kUnsupported, "printf has no verb %{}", directive.verb);
    }
    return text.take();
  }

  static std::unexpected<Error> mismatch(const Directive& directive) {
    return fail(ErrorCode::kInvalidArgument, "printf: a value does not fit %{}", directive.verb);
  }

  Runtime& runtime_;
  const jinja::OriginString& format_;
  const std::span<const Value> arguments_;
  TextBuilder out_;
  size_t at_ = 0, next_ = 0;
};

}  // namespace

Result<Value> format_go(Runtime& runtime, std::span<const Value> arguments) {
  if (arguments.empty() || !arguments[0].is_string())
    return fail(ErrorCode::kInvalidArgument, "printf takes a format");
  return Formatter(runtime, arguments[0].string().text(), arguments.subspan(1)).run();
}

}  // namespace hearth::gotemplate
