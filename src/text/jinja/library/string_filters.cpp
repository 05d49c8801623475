#include <algorithm>
#include <array>

#include "text/jinja/library/filters.h"
#include "text/jinja/library/format.h"
#include "text/jinja/library/html.h"
#include "text/jinja/library/methods.h"
#include "text/jinja/library/text_ops.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

/// A filter that makes a string of its input and calls the method of strings of the same name.
Result<Value> call_method(Runtime& runtime, std::string_view method, const Value& self, Args& args) {
  return find_native(string_methods(), method)(runtime, TRY(to_string(runtime, self)), args);
}

Result<Value> capitalize_filter(Runtime& runtime, const Value& self, Args& args) {
  return call_method(runtime, "capitalize", self, args);
}
Result<Value> lower_filter(Runtime& runtime, const Value& self, Args& args) {
  return call_method(runtime, "lower", self, args);
}
Result<Value> upper_filter(Runtime& runtime, const Value& self, Args& args) {
  return call_method(runtime, "upper", self, args);
}

Result<Value> trim_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [chars] = TRY(bind_args("trim", args, {{"chars"}}));
  Args plain;
  if (chars != nullptr) plain.positional.push_back(*chars);
  return call_method(runtime, "strip", self, plain);
}

Result<Value> center_filter(Runtime& runtime, const Value& self, Args& args) {
  constexpr int64_t kWidth = 80;
  const auto [width] = TRY(bind_args("center", args, {{"width"}}));
  Args plain;
  plain.positional.push_back(width != nullptr ? *width : Value::integer(kWidth));
  return call_method(runtime, "center", self, plain);
}

bool starts_new_word(uint32_t point) {
  return is_space(point) ||
         std::string_view("-({[<").find(char(point < 128 ? point : 0)) != std::string_view::npos;
}

/// Words, unlike those of str.title(), end only at white space, - ( { [ and <.
Result<Value> title_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("title", args));
  const Value input = TRY(to_string(runtime, self));
  const OriginString& text = input.string().text();
  TextBuilder out(runtime);
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text.view().substr(at));
    size_t end = at + step.size;
    if (starts_new_word(step.code_point)) {
      TRY(out.append(text, at, end));
      at = end;
      continue;
    }
    TRY(out.append(TRY(change_case(runtime, text.slice(at, end), CaseChange::kUpper))));
    const size_t rest = end;
    while (end < text.size()) {
      const Utf8Step next = next_utf8(text.view().substr(end));
      if (starts_new_word(next.code_point)) break;
      end += next.size;
    }
    TRY(out.append(TRY(change_case(runtime, text.slice(rest, end), CaseChange::kLower))));
    at = end;
  }
  return runtime.string(out.take());
}

Result<Value> replace_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [old, fresh, count] = TRY(bind_args("replace", args, {{"old", true}, {"new", true}, {"count"}}));
  const Value text = TRY(to_string(runtime, self)), from = TRY(to_string(runtime, *old)),
              to = TRY(to_string(runtime, *fresh));
  const int64_t limit = is_given(count) ? TRY(int_arg("replace", count, -1)) : -1;
  return runtime.string(
      TRY(replace(runtime, text.string().text(), from.string().text(), to.string().text(), limit)));
}

/// The indentation of `indent`: a number of spaces, or a string.
Result<OriginString> indentation(Runtime& runtime, const Value* width) {
  constexpr int64_t kWidth = 4;
  if (width != nullptr && width->is_string()) return width->string().text();
  TextBuilder spaces(runtime);
  const int64_t count = TRY(int_arg("indent", width, kWidth));
  TRY(spaces.append_repeated(size_t(std::max<int64_t>(count, 0)), " ", Origin::kTemplate));
  return spaces.take();
}

Result<Value> indent_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [width, first, blank] = TRY(bind_args("indent", args, {{"width"}, {"first"}, {"blank"}}));
  const bool indent_first = first != nullptr && TRY(truth(runtime, *first));
  const bool indent_blank = blank != nullptr && TRY(truth(runtime, *blank));
  if (self.is_undefined()) return undefined_error(self);
  if (!self.is_string())
    return fail(ErrorCode::kInvalidArgument, "indent: no string, but {}", type_name(self));
  const OriginString indent = TRY(indentation(runtime, width));
  // A line end more, so that a last one is not lost to splitlines.
  OriginString text = self.string().text();
  text.append("\n", Origin::kTemplate);
  const std::vector<OriginString> lines = TRY(split_lines(runtime, text, false));
  TextBuilder out(runtime);
  if (indent_first) TRY(out.append(indent));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) TRY(out.append("\n", Origin::kTemplate));
    if (i > 0 && (indent_blank || !lines[i].empty())) TRY(out.append(indent));
    TRY(out.append(lines[i]));
  }
  return runtime.string(out.take(), self.string().is_markup());
}

Result<Value> truncate_filter(Runtime& runtime, const Value& self, Args& args) {
  constexpr int64_t kLength = 255, kLeeway = 5;
  const auto [length, killwords, end, leeway] =
      TRY(bind_args("truncate", args, {{"length"}, {"killwords"}, {"end"}, {"leeway"}}));
  const int64_t longest = TRY(int_arg("truncate", length, kLength));
  const int64_t slack = is_given(leeway) ? TRY(int_arg("truncate", leeway, kLeeway)) : kLeeway;
  const OriginString tail = TRY(text_arg("truncate", end, "..."));
  const int64_t tail_points = int64_t(StringObject(tail).num_points());
  if (longest < tail_points || slack < 0) {
    return fail(ErrorCode::kInvalidArgument, "truncate: length must be at least {}, leeway not negative",
                tail_points);
  }
  if (TRY(length_of(runtime, self)) - slack <= longest) return self;
  if (!self.is_string()) {
    return fail(ErrorCode::kInvalidArgument, "truncate: no string, but {}", type_name(self));
  }
  const StringObject& string = self.string();
  size_t cut = string.offset_of_point(size_t(longest - tail_points));
  if (killwords == nullptr || !TRY(truth(runtime, *killwords))) {
    const size_t space = string.text().view().substr(0, cut).rfind(' ');
    if (space != std::string_view::npos) cut = space;
  }
  TextBuilder out(runtime);
  TRY(out.append(string.text(), 0, cut));
  TRY(out.append(tail));
  return runtime.string(out.take());
}

Result<Value> wordcount_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("wordcount", args));
  const Value text = TRY(to_string(runtime, self));
  TRY(runtime.meter().spend_scan(text.text().size()));
  int64_t count = 0;
  bool in_word = false;
  for_each_point(text.text(), [&](uint32_t point, size_t, size_t) {
    const bool word = point == '_' || is_alnum(point);
    count += word && !in_word ? 1 : 0;
    in_word = word;
    return true;
  });
  return Value::integer(count);
}

Result<Value> string_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("string", args));
  return to_string(runtime, self);
}

Result<Value> format_filter(Runtime& runtime, const Value& self, Args& args) {
  if (!args.positional.empty() && !args.keywords.empty()) {
    return fail(ErrorCode::kInvalidArgument, "format: positional and keyword arguments at the same time");
  }
  const Value text = TRY(to_string(runtime, self));
  if (args.keywords.empty())
    return format_percent(runtime, text, TRY(runtime.tuple(std::move(args.positional))));
  Dict named;
  for (Keyword& keyword : args.keywords) {
    Value name = TRY(runtime.string(keyword.name));
    named.append(std::move(name), std::move(keyword.value));
  }
  return format_percent(runtime, text, TRY(runtime.dict(std::move(named))));
}

Result<Value> escape_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("escape", args));
  return escape(runtime, self);
}

Result<Value> forceescape_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("forceescape", args));
  const Value text = TRY(to_string(runtime, self));
  TextBuilder out(runtime);
  TRY(append_escaped(out, text.string().text()));
  return runtime.string(out.take(), true);
}

Result<Value> safe_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("safe", args));
  const Value text = TRY(to_string(runtime, self));
  return text.string().is_markup() ? Result<Value>(text) : runtime.string(text.string().text(), true);
}

Result<Value> striptags_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("striptags", args));
  const Value text = TRY(to_string(runtime, self));
  return strip_tags(runtime, text.string().text());
}

Status append_quoted(TextBuilder& out, Runtime& runtime, const Value& value, bool in_query) {
  const Value text = TRY(to_string(runtime, value));
  return append_url_quoted(out, text.string().text(), !in_query, in_query);
}

Result<Value> urlencode_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("urlencode", args));
  TextBuilder out(runtime);
  if (self.is_string() || !is_iterable(self)) {
    TRY(append_quoted(out, runtime, self, false));
    return runtime.string(out.take());
  }
  Value pairs = self;
  if (self.is_dict())
    pairs = runtime.heap().make<ViewObject>(self.ref<DictObject>(), ViewObject::Kind::kItems);
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, pairs));
  bool first = true;
  while (std::optional<Value> pair = TRY(iterator->next(runtime))) {
    TRY(runtime.spend(1));
    const std::vector<Value> parts = TRY(to_items(runtime, *pair));
    if (parts.size() != 2)
      return fail(ErrorCode::kInvalidArgument, "urlencode: needs pairs of key and value");
    if (!first) TRY(out.append("&", Origin::kTemplate));
    first = false;
    TRY(append_quoted(out, runtime, parts[0], true));
    TRY(out.append("=", Origin::kTemplate));
    TRY(append_quoted(out, runtime, parts[1], true));
  }
  return runtime.string(out.take());
}

Result<Value> xmlattr_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [autospace] = TRY(bind_args("xmlattr", args, {{"autospace"}}));
  const bool lead = autospace == nullptr || TRY(truth(runtime, *autospace));
  if (!self.is_dict())
    return fail(ErrorCode::kInvalidArgument, "xmlattr: no mapping, but {}", type_name(self));
  TextBuilder out(runtime);
  for (const Dict::Entry& entry : self.dict().entries.entries()) {
    if (entry.value.is_none() || entry.value.is_undefined()) continue;
    const bool valid =
        entry.key.is_string() && entry.key.text().find_first_of(" \t\n\r\v\f/>=") == std::string::npos;
    if (!valid) return fail(ErrorCode::kInvalidArgument, "xmlattr: invalid attribute name");
    if (lead || out.size() > 0) TRY(out.append(" ", Origin::kTemplate));
    TRY(out.append(TRY(escape(runtime, entry.key)).string().text()));
    TRY(out.append("=\"", Origin::kTemplate));
    TRY(out.append(TRY(escape(runtime, entry.value)).string().text()));
    TRY(out.append("\"", Origin::kTemplate));
  }
  return runtime.string(out.take());
}

constexpr auto kStringFilters = std::to_array<NativeEntry>({
    {"capitalize", capitalize_filter},
    {"center", center_filter},
    {"e", escape_filter},
    {"escape", escape_filter},
    {"forceescape", forceescape_filter},
    {"format", format_filter},
    {"indent", indent_filter},
    {"lower", lower_filter},
    {"replace", replace_filter},
    {"safe", safe_filter},
    {"string", string_filter},
    {"striptags", striptags_filter},
    {"title", title_filter},
    {"trim", trim_filter},
    {"truncate", truncate_filter},
    {"upper", upper_filter},
    {"urlencode", urlencode_filter},
    {"wordcount", wordcount_filter},
    {"xmlattr", xmlattr_filter},
});
static_assert(std::ranges::is_sorted(kStringFilters, {}, &NativeEntry::name));

}  // namespace

std::span<const NativeEntry> string_filters() { return kStringFilters; }

}  // namespace hearth::jinja
