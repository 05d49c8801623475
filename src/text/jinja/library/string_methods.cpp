#include <algorithm>
#include <array>

#include "text/jinja/library/format.h"
#include "text/jinja/library/html.h"
#include "text/jinja/library/methods.h"
#include "text/jinja/library/text_ops.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"

namespace hearth::jinja {

namespace {

const OriginString& text_of(const Value& self) { return self.string().text(); }

/// A string of the kind of `self`: HTML stays HTML.
Result<Value> like(Runtime& runtime, const Value& self, Result<OriginString> text) {
  return runtime.string(TRY(std::move(text)), self.string().is_markup());
}

Result<Value> list_like(Runtime& runtime, const Value& self, std::vector<OriginString> parts) {
  ListBuilder items(runtime);
  for (OriginString& part : parts)
    TRY(items.push(TRY(runtime.string(std::move(part), self.string().is_markup()))));
  return runtime.list(items.take(), self.origin());
}

/// An argument that joins the text of `self`: escaped if `self` is HTML and the argument is not.
Result<OriginString> joinable(Runtime& runtime, const Value& self, const Value& argument) {
  if (!self.string().is_markup()) return text_of(argument);
  const Value escaped = TRY(escape(runtime, argument));
  return text_of(escaped);
}

Result<const Value*> need_string(std::string_view function, const Value* value) {
  if (value != nullptr && value->is_string()) return value;
  return fail(ErrorCode::kInvalidArgument, "{}() needs a string, not {}", function,
              value == nullptr ? "nothing" : type_name(*value));
}

template <CaseChange kChange>
Result<Value> change_case_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("str method", args));
  return like(runtime, self, change_case(runtime, text_of(self), kChange));
}

template <Result<OriginString> (*kOperation)(Runtime&, const OriginString&)>
Result<Value> unary_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("str method", args));
  return like(runtime, self, kOperation(runtime, text_of(self)));
}

template <bool kLeft, bool kRight>
Result<Value> strip_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [chars] = TRY(bind_args("strip", args, {{""}}));
  const OriginString* set = nullptr;
  if (is_given(chars)) set = &text_of(*TRY(need_string("strip", chars)));
  return like(runtime, self, strip(runtime, text_of(self), set, {.left = kLeft, .right = kRight}));
}

Result<Value> replace_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [old, fresh, count] = TRY(bind_args("replace", args, {{"", true}, {"", true}, {""}}));
  TRY(need_string("replace", old));
  TRY(need_string("replace", fresh));
  const int64_t limit = TRY(int_arg("replace", count, -1));
  const OriginString with = TRY(joinable(runtime, self, *fresh));
  return like(runtime, self, replace(runtime, text_of(self), text_of(*old), with, limit));
}

template <bool kFromRight>
Result<Value> split_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [separator, max_splits] = TRY(bind_args("split", args, {{"sep"}, {"maxsplit"}}));
  const OriginString* at = nullptr;
  if (is_given(separator)) {
    at = &text_of(*TRY(need_string("split", separator)));
    if (at->empty()) return fail(ErrorCode::kInvalidArgument, "split(): empty separator");
  }
  const int64_t limit = TRY(int_arg("split", max_splits, -1));
  return list_like(runtime, self, TRY(split(runtime, text_of(self), at, limit, kFromRight)));
}

Result<Value> splitlines_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [keep] = TRY(bind_args("splitlines", args, {{"keepends"}}));
  const bool keep_ends = keep != nullptr && TRY(truth(runtime, *keep));
  return list_like(runtime, self, TRY(split_lines(runtime, text_of(self), keep_ends)));
}

template <bool kFromRight>
Result<Value> partition_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [separator] = TRY(bind_args("partition", args, {{"", true}}));
  TRY(need_string("partition", separator));
  const OriginString& text = text_of(self);
  const std::string_view at = separator->text();
  if (at.empty()) return fail(ErrorCode::kInvalidArgument, "partition(): empty separator");
  TRY(runtime.meter().spend_copy(text.size()));
  const size_t found = kFromRight ? text.view().rfind(at) : text.view().find(at);
  size_t begin = found, end = found + at.size();
  if (found == std::string_view::npos) begin = end = kFromRight ? 0 : text.size();
  const bool markup = self.string().is_markup();
  std::vector<Value> parts;
  parts.push_back(TRY(runtime.string(text.slice(0, begin), markup)));
  parts.push_back(TRY(runtime.string(text.slice(begin, end), markup)));
  parts.push_back(TRY(runtime.string(text.slice(end, text.size()), markup)));
  return runtime.tuple(std::move(parts));
}

Result<Value> join_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [items] = TRY(bind_args("join", args, {{"", true}}));
  TextBuilder joined(runtime);
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, *items));
  bool first = true;
  while (std::optional<Value> item = TRY(iterator->next(runtime))) {
    TRY(runtime.spend(1));
    if (!first) TRY(joined.append(text_of(self)));
    first = false;
    if (self.string().is_markup()) {
      TRY(joined.append(text_of(TRY(escape(runtime, *item)))));
    } else {
      TRY(joined.append(text_of(*TRY(need_string("join", &*item)))));
    }
  }
  return like(runtime, self, joined.take());
}

/// The part of a string that find(), count(), startswith() look at: optional bounds as in a slice.
struct Window {
  size_t begin, end;  ///< bytes
  bool valid;         ///< false where the start lies behind the end: nothing is found
};

Result<Window> window_of(const StringObject& string, const Value* start, const Value* stop) {
  const auto size = int64_t(string.num_points());
  const auto place = [&](const Value* bound, int64_t otherwise) -> Result<int64_t> {
    if (!is_given(bound)) return otherwise;
    const int64_t index = TRY(int_arg("str method", bound, 0));
    return index < 0 ? std::max<int64_t>(index + size, 0) : index;
  };
  const int64_t first = TRY(place(start, 0)), last = std::min(TRY(place(stop, size)), size);
  if (first > last) return Window{0, 0, false};
  return Window{string.offset_of_point(size_t(first)), string.offset_of_point(size_t(last)), true};
}

int64_t points_before(const StringObject& string, size_t offset) {
  const std::string_view text = string.text().view();
  if (string.num_points() == text.size()) return int64_t(offset);
  int64_t count = 0;
  for_each_point(text.substr(0, offset), [&](uint32_t, size_t, size_t) {
    ++count;
    return true;
  });
  return count;
}

/// find() and rfind(): -1 where nothing is found.
Result<int64_t> find_in(Runtime& runtime, const Value& self, Args& args, bool from_right) {
  const auto [needle, start, stop] = TRY(bind_args("find", args, {{"", true}, {""}, {""}}));
  TRY(need_string("find", needle));
  const StringObject& string = self.string();
  TRY(runtime.meter().spend_scan(string.text().size()));
  const Window window = TRY(window_of(string, start, stop));
  if (!window.valid) return -1;
  const std::string_view text = string.text().view().substr(0, window.end);
  size_t found = from_right ? text.rfind(needle->text()) : text.find(needle->text(), window.begin);
  if (found == text.npos || found < window.begin) return -1;
  return points_before(string, found);
}

template <bool kFromRight>
Result<Value> find_method(Runtime& runtime, const Value& self, Args& args) {
  return Value::integer(TRY(find_in(runtime, self, args, kFromRight)));
}

template <bool kFromRight>
Result<Value> index_method(Runtime& runtime, const Value& self, Args& args) {
  const int64_t found = TRY(find_in(runtime, self, args, kFromRight));
  if (found < 0) return fail(ErrorCode::kInvalidArgument, "index(): substring not found");
  return Value::integer(found);
}

Result<Value> count_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [needle, start, stop] = TRY(bind_args("count", args, {{"", true}, {""}, {""}}));
  TRY(need_string("count", needle));
  const StringObject& string = self.string();
  TRY(runtime.meter().spend_scan(string.text().size()));
  const Window window = TRY(window_of(string, start, stop));
  if (!window.valid) return Value::integer(0);
  if (needle->text().empty()) {
    return Value::integer(points_before(string, window.end) - points_before(string, window.begin) + 1);
  }
  const std::string_view text = string.text().view().substr(window.begin, window.end - window.begin);
  return Value::integer(int64_t(count_occurrences(text, needle->text())));
}

template <bool kAtEnd>
Result<Value> affix_method(Runtime& runtime, const Value& self, Args& args) {
  constexpr std::string_view kName = kAtEnd ? "endswith" : "startswith";
  const auto [affix, start, stop] = TRY(bind_args(kName, args, {{"", true}, {""}, {""}}));
  const Window window = TRY(window_of(self.string(), start, stop));
  const std::string_view text = text_of(self).view().substr(window.begin, window.end - window.begin);
  std::vector<Value> affixes = {*affix};
  if (affix->is(Type::kTuple)) affixes = TRY(to_items(runtime, *affix));
  for (const Value& one : affixes) {
    TRY(need_string(kName, &one));
    if (window.valid && (kAtEnd ? text.ends_with(one.text()) : text.starts_with(one.text()))) {
      return Value::boolean(true);
    }
  }
  return Value::boolean(false);
}

template <bool kAtEnd>
Result<Value> remove_affix_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [affix] = TRY(bind_args(kAtEnd ? "removesuffix" : "removeprefix", args, {{"", true}}));
  TRY(need_string("removeprefix", affix));
  const OriginString& text = text_of(self);
  const size_t size = affix->text().size();
  if (kAtEnd && text.view().ends_with(affix->text()))
    return like(runtime, self, text.slice(0, text.size() - size));
  if (!kAtEnd && text.view().starts_with(affix->text()))
    return like(runtime, self, text.slice(size, text.size()));
  return self;
}

enum class Pad : uint8_t { kLeft, kRight, kBoth };

template <Pad kPad>
Result<Value> pad_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [width, fill] = TRY(bind_args("center", args, {{"", true}, {""}}));
  const int64_t wanted = std::max<int64_t>(TRY(int_arg("center", width, 0)), 0);
  OriginString filler(" ", Origin::kTemplate);
  if (fill != nullptr) {
    TRY(need_string("center", fill));
    filler = TRY(joinable(runtime, self, *fill));
    if (fill->string().num_points() != 1 || filler.size() != fill->text().size()) {
      return fail(ErrorCode::kInvalidArgument,
                  "center(): the fill character must be exactly one character long");
    }
  }
  const int64_t padding = std::max<int64_t>(wanted - int64_t(self.string().num_points()), 0);
  // As Python's str.center: an odd space goes to the left where the width is odd too.
  const int64_t left = kPad == Pad::kRight  ? 0
                       : kPad == Pad::kLeft ? padding
                                            : padding / 2 + (padding & wanted & 1);
  TextBuilder out(runtime);
  TRY(out.append_repeated(size_t(left), filler.view(), filler.origin_at(0)));
  TRY(out.append(text_of(self)));
  TRY(out.append_repeated(size_t(padding - left), filler.view(), filler.origin_at(0)));
  return like(runtime, self, out.take());
}

Result<Value> zfill_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [width] = TRY(bind_args("zfill", args, {{"", true}}));
  const int64_t wanted = std::max<int64_t>(TRY(int_arg("zfill", width, 0)), 0);
  const OriginString& text = text_of(self);
  const int64_t padding = std::max<int64_t>(wanted - int64_t(self.string().num_points()), 0);
  const size_t sign = !text.empty() && (text.view()[0] == '+' || text.view()[0] == '-') ? 1 : 0;
  TextBuilder out(runtime);
  TRY(out.append(text, 0, sign));
  TRY(out.append_repeated(size_t(padding), "0", Origin::kTemplate));
  TRY(out.append(text, sign, text.size()));
  return like(runtime, self, out.take());
}

Result<Value> expandtabs_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [size_of_tab] = TRY(bind_args("expandtabs", args, {{"tabsize"}}));
  const int64_t tab = TRY(int_arg("expandtabs", size_of_tab, 8));
  const OriginString& text = text_of(self);
  TextBuilder out(runtime);
  Status status;
  int64_t column = 0;
  for_each_point(text.view(), [&](uint32_t point, size_t begin, size_t end) {
    if (point == '\t') {
      const int64_t spaces = tab > 0 ? tab - column % tab : 0;
      status = out.append_repeated(size_t(spaces), " ", text.origin_at(begin));
      column += spaces;
    } else {
      status = out.append(text, begin, end);
      column = point == '\n' || point == '\r' ? 0 : column + 1;
    }
    return status.has_value();
  });
  TRY(status);
  return like(runtime, self, out.take());
}

/// isalpha() and its kin: every code point passes, and there is one.
template <bool (*kTest)(uint32_t)>
Result<Value> all_points_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("str method", args));
  TRY(runtime.meter().spend_scan(text_of(self).size()));
  bool all = !text_of(self).empty();
  for_each_point(text_of(self).view(),
                 [&](uint32_t point, size_t, size_t) { return all = all && kTest(point); });
  return Value::boolean(all);
}

Result<Value> isprintable_method(Runtime& runtime, const Value& self, Args& args) {
  if (text_of(self).empty()) return Value::boolean(true);
  return all_points_method<is_printable>(runtime, self, args);
}

Result<Value> isascii_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("isascii", args));
  TRY(runtime.meter().spend_copy(text_of(self).size()));
  return Value::boolean(std::ranges::all_of(text_of(self).view(), [](char c) { return uint8_t(c) < 128; }));
}

Result<Value> isidentifier_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("isidentifier", args));
  TRY(runtime.meter().spend_scan(text_of(self).size()));
  bool valid = !text_of(self).empty();
  for_each_point(text_of(self).view(), [&](uint32_t point, size_t begin, size_t) {
    return valid = valid && (point == '_' || is_alpha(point) || (begin > 0 && is_decimal(point)));
  });
  return Value::boolean(valid);
}

/// islower() and isupper(): a cased letter, and none of the other cases.
template <bool (*kWanted)(uint32_t), bool (*kOther)(uint32_t)>
Result<Value> all_cased_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("str method", args));
  TRY(runtime.meter().spend_scan(text_of(self).size()));
  bool cased = false, fits = true;
  for_each_point(text_of(self).view(), [&](uint32_t point, size_t, size_t) {
    cased = cased || kWanted(point);
    return fits = !kOther(point) && !is_title(point);
  });
  return Value::boolean(cased && fits);
}

Result<Value> istitle_method(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("istitle", args));
  TRY(runtime.meter().spend_scan(text_of(self).size()));
  bool in_word = false, cased = false, fits = true;
  for_each_point(text_of(self).view(), [&](uint32_t point, size_t, size_t) {
    const bool starts = is_upper(point) || is_title(point), follows = is_lower(point);
    if ((starts && in_word) || (follows && !in_word)) fits = false;
    in_word = starts || follows;
    cased = cased || in_word;
    return fits;
  });
  return Value::boolean(cased && fits);
}

Result<Value> format_method(Runtime& runtime, const Value& self, Args& args) {
  return format_braces(runtime, self, args);
}

Result<Value> format_map_method(Runtime& runtime, const Value& self, Args& args) {
  const auto [mapping] = TRY(bind_args("format_map", args, {{"", true}}));
  if (!mapping->is_dict()) return fail(ErrorCode::kInvalidArgument, "format_map() needs a mapping");
  Args named;
  for (const Dict::Entry& entry : mapping->dict().entries.entries()) {
    if (entry.key.is_string()) named.keywords.push_back({entry.key.text(), entry.value});
  }
  return format_braces(runtime, self, named);
}

constexpr auto kStringMethods = std::to_array<NativeEntry>({
    {"capitalize", unary_method<capitalize>},
    {"casefold", change_case_method<CaseChange::kFold>},
    {"center", pad_method<Pad::kBoth>},
    {"count", count_method},
    {"endswith", affix_method<true>},
    {"expandtabs", expandtabs_method},
    {"find", find_method<false>},
    {"format", format_method},
    {"format_map", format_map_method},
    {"index", index_method<false>},
    {"isalnum", all_points_method<is_alnum>},
    {"isalpha", all_points_method<is_alpha>},
    {"isascii", isascii_method},
    {"isdecimal", all_points_method<is_decimal>},
    {"isdigit", all_points_method<is_digit>},
    {"isidentifier", isidentifier_method},
    {"islower", all_cased_method<is_lower, is_upper>},
    {"isnumeric", all_points_method<is_numeric>},
    {"isprintable", isprintable_method},
    {"isspace", all_points_method<is_space>},
    {"istitle", istitle_method},
    {"isupper", all_cased_method<is_upper, is_lower>},
    {"join", join_method},
    {"ljust", pad_method<Pad::kRight>},
    {"lower", change_case_method<CaseChange::kLower>},
    {"lstrip", strip_method<true, false>},
    {"partition", partition_method<false>},
    {"removeprefix", remove_affix_method<false>},
    {"removesuffix", remove_affix_method<true>},
    {"replace", replace_method},
    {"rfind", find_method<true>},
    {"rindex", index_method<true>},
    {"rjust", pad_method<Pad::kLeft>},
    {"rpartition", partition_method<true>},
    {"rsplit", split_method<true>},
    {"rstrip", strip_method<false, true>},
    {"split", split_method<false>},
    {"splitlines", splitlines_method},
    {"startswith", affix_method<false>},
    {"strip", strip_method<true, true>},
    {"swapcase", unary_method<swap_case>},
    {"title", unary_method<title_case>},
    {"upper", change_case_method<CaseChange::kUpper>},
    {"zfill", zfill_method},
});
static_assert(std::ranges::is_sorted(kStringMethods, {}, &NativeEntry::name));

}  // namespace

std::span<const NativeEntry> string_methods() { return kStringMethods; }

}  // namespace hearth::jinja
