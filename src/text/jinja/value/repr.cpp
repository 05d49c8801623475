#include "text/jinja/value/repr.h"

#include <fmt/format.h>

#include "text/jinja/value/call.h"
#include "text/jinja/value/letters.h"
#include "text/jinja/value/loop.h"
#include "text/jinja/value/number.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

Status append_repr_at(TextBuilder& out, Runtime& runtime, const Value& value, int depth);

/// The escape of a code point in a repr; empty where it stands for itself.
std::string escape_of(uint32_t point, uint8_t first_byte, char quote) {
  switch (point) {
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case Utf8Step::kBadByte:
      return fmt::format("\\udc{:02x}", first_byte);
    default:
      break;
  }
  if (point == uint32_t(quote)) return std::string("\\") + quote;
  if (is_printable(point)) return {};
  if (point < 0x100) return fmt::format("\\x{:02x}", point);
  return point < 0x10000 ? fmt::format("\\u{:04x}", point) : fmt::format("\\U{:08x}", point);
}

Status append_string_repr(TextBuilder& out, Runtime& runtime, const OriginString& text) {
  TRY(runtime.meter().spend_scan(text.size()));
  const std::string_view bytes = text.view();
  const bool doubled =
      bytes.find('\'') != std::string_view::npos && bytes.find('"') == std::string_view::npos;
  const char quote = doubled ? '"' : '\'';
  TRY(out.append({&quote, 1}, text.origin_at(0)));
  size_t plain = 0;
  for (size_t at = 0; at < bytes.size();) {
    const Utf8Step step = next_utf8(bytes.substr(at));
    const std::string escape = escape_of(step.code_point, uint8_t(bytes[at]), quote);
    if (!escape.empty()) {
      TRY(out.append(text, plain, at));
      TRY(out.append(escape, text.origin_at(at)));
      plain = at + step.size;
    }
    at += step.size;
  }
  TRY(out.append(text, plain, bytes.size()));
  return out.append({&quote, 1}, text.empty() ? Origin::kTemplate : text.origin_at(text.size() - 1));
}

Status append_items(TextBuilder& out, Runtime& runtime, const std::vector<Value>& items, Origin marks,
                    int depth) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) TRY(out.append(", ", marks));
    TRY(append_repr_at(out, runtime, items[i], depth + 1));
  }
  return {};
}

Status append_dict(TextBuilder& out, Runtime& runtime, const Dict& dict, Origin marks, int depth) {
  TRY(out.append("{", marks));
  bool first = true;
  for (const Dict::Entry& entry : dict.entries()) {
    if (!first) TRY(out.append(", ", marks));
    first = false;
    TRY(append_repr_at(out, runtime, entry.key, depth + 1));
    TRY(out.append(": ", marks));
    TRY(append_repr_at(out, runtime, entry.value, depth + 1));
  }
  return out.append("}", marks);
}

Status append_view(TextBuilder& out, Runtime& runtime, const ViewObject& view, int depth) {
  const Origin marks = view.dict->origin;
  TRY(out.append(view.kind == ViewObject::Kind::kKeys     ? "dict_keys(["
                 : view.kind == ViewObject::Kind::kValues ? "dict_values(["
                                                          : "dict_items([",
                 marks));
  TRY(append_items(out, runtime,
                   TRY(to_items(runtime, Value(Ref<ViewObject>(const_cast<ViewObject*>(&view))))), marks,
                   depth));
  return out.append("])", marks);
}

std::string range_repr(const RangeObject& range) {
  if (range.step == 1) return fmt::format("range({}, {})", range.start, range.stop);
  return fmt::format("range({}, {}, {})", range.start, range.stop, range.step);
}

Status append_scalar(TextBuilder& out, const Value& value) {
  switch (value.type()) {
    case Type::kNone:
      return out.append("None", value.origin());
    case Type::kBool:
      return out.append(value.as_bool() ? "True" : "False", value.origin());
    case Type::kInt:
      return out.append(int_text(value.as_int()), value.origin());
    case Type::kFloat: {
      const std::string* written = value.written_text();
      return out.append(written != nullptr ? *written : float_repr(value.as_double()), value.origin());
    }
    default:
      return out.append("Undefined", Origin::kTemplate);
  }
}

Status append_object(TextBuilder& out, Runtime& runtime, const Value& value, int depth) {
  constexpr Origin kOurs = Origin::kTemplate;
  switch (value.type()) {
    case Type::kView:
      return append_view(out, runtime, value.object<ViewObject>(), depth);
    case Type::kRange:
      return out.append(range_repr(value.object<RangeObject>()), value.object<RangeObject>().origin);
    case Type::kNamespace:
      TRY(out.append("<Namespace ", kOurs));
      TRY(append_dict(out, runtime, value.object<NamespaceObject>().attributes, kOurs, depth));
      return out.append(">", kOurs);
    case Type::kLoop: {
      auto& loop = value.object<LoopObject>();
      const int64_t length = TRY(loop.length(runtime));
      return out.append(fmt::format("<LoopContext {}/{}>", loop.index0() + 1, length), kOurs);
    }
    case Type::kMacro:
      return out.append(fmt::format("<Macro '{}'>", value.object<CallableObject>().name), kOurs);
    default:
      return out.append(fmt::format("<{} object>", type_name(value)), kOurs);
  }
}

Status append_repr_at(TextBuilder& out, Runtime& runtime, const Value& value, int depth) {
  TRY(runtime.spend(1));
  if (depth > runtime.limits().max_depth) return too_deep("values", runtime.limits().max_depth);
  switch (value.type()) {
    case Type::kNone:
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
    case Type::kUndefined:
      return append_scalar(out, value);
    case Type::kString: {
      const StringObject& string = value.string();
      if (string.is_markup()) TRY(out.append("Markup(", Origin::kTemplate));
      TRY(append_string_repr(out, runtime, string.text()));
      return string.is_markup() ? out.append(")", Origin::kTemplate) : Status();
    }
    case Type::kList: {
      TRY(out.append("[", value.origin()));
      TRY(append_items(out, runtime, value.sequence().items, value.origin(), depth));
      return out.append("]", value.origin());
    }
    case Type::kTuple: {
      TRY(out.append("(", value.origin()));
      TRY(append_items(out, runtime, value.sequence().items, value.origin(), depth));
      return out.append(value.sequence().items.size() == 1 ? ",)" : ")", value.origin());
    }
    case Type::kDict:
      return append_dict(out, runtime, value.dict().entries, value.origin(), depth);
    default:
      return append_object(out, runtime, value, depth);
  }
}

}  // namespace

Status append_repr(TextBuilder& out, Runtime& runtime, const Value& value) {
  return append_repr_at(out, runtime, value, 0);
}

Status append_str(TextBuilder& out, Runtime& runtime, const Value& value) {
  if (value.is_string()) return out.append(value.string().text());
  if (value.is_undefined()) return {};
  return append_repr_at(out, runtime, value, 0);
}

Result<Value> to_string(Runtime& runtime, const Value& value) {
  if (value.is_string()) return value;
  TextBuilder text(runtime);
  TRY(append_str(text, runtime, value));
  return runtime.string(text.take());
}

}  // namespace hearth::jinja
