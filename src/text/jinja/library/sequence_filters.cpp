#include <algorithm>
#include <array>
#include <utility>

#include "text/jinja/library/filters.h"
#include "text/jinja/library/getter.h"
#include "text/jinja/library/lazy_filters.h"
#include "text/jinja/library/text_ops.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

Result<bool> flag(Runtime& runtime, const Value* value) {
  if (value == nullptr) return false;
  return truth(runtime, *value);
}

Value nothing_in(Runtime& runtime, std::string_view hint) {
  return runtime.undefined(UndefinedObject::Kind::kHint, hint);
}

Result<Value> first_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("first", args));
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, self));
  if (std::optional<Value> item = TRY(iterator->next(runtime))) return std::move(*item);
  return nothing_in(runtime, "no first item, the sequence was empty");
}

Result<Value> last_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("last", args));
  std::vector<Value> items = TRY(reversed_items(runtime, self));
  if (items.empty()) return nothing_in(runtime, "no last item, the sequence was empty");
  return std::move(items.front());
}

Result<Value> length_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("length", args));
  return Value::integer(TRY(length_of(runtime, self)));
}

Result<Value> list_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("list", args));
  const Origin marks =
      self.is_string() || self.is_sequence() || self.is_dict() ? self.origin() : Origin::kTemplate;
  return runtime.list(TRY(to_items(runtime, self)), marks);
}

Result<Value> join_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [separator, attribute] = TRY(bind_args("join", args, {{"d"}, {"attribute"}}));
  const AttributeGetter getter(attribute, false);
  const Value between = separator != nullptr ? TRY(to_string(runtime, *separator)) : TRY(runtime.string(""));
  TextBuilder out(runtime);
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, self));
  bool first = true;
  while (std::optional<Value> item = TRY(iterator->next(runtime))) {
    TRY(runtime.spend(1));
    if (!first) TRY(out.append(between.string().text()));
    first = false;
    TRY(append_str(out, runtime, TRY(getter.get(runtime, *item))));
  }
  // The separator decides: HTML joins to HTML. Items are not escaped, as in an environment without
  // autoescape.
  return runtime.string(out.take());
}

Result<Value> reverse_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("reverse", args));
  if (self.is(Type::kIterator)) {
    std::vector<Value> items = TRY(to_items(runtime, self));
    std::ranges::reverse(items);
    return runtime.list(std::move(items));
  }
  std::vector<Value> items = TRY(reversed_items(runtime, self));
  if (!self.is_string()) return Value(iterate_items(runtime, std::move(items)));
  TextBuilder out(runtime);
  for (const Value& point : items) TRY(out.append(point.string().text()));
  return runtime.string(out.take(), self.string().is_markup());
}

using Keyed = std::vector<std::pair<Value, Value>>;

std::vector<Value> values_of(Keyed keyed) {
  std::vector<Value> values;
  values.reserve(keyed.size());
  for (auto& [key, value] : keyed) values.push_back(std::move(value));
  return values;
}

Result<Value> sort_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [reverse, case_sensitive, attribute] =
      TRY(bind_args("sort", args, {{"reverse"}, {"case_sensitive"}, {"attribute"}}));
  const AttributeGetter getter(attribute, !TRY(flag(runtime, case_sensitive)));
  Keyed keyed;
  for (Value& item : TRY(to_items(runtime, self))) {
    Value key = TRY(getter.get_all(runtime, item));
    keyed.emplace_back(std::move(key), std::move(item));
  }
  TRY(sort_by_key(runtime, keyed, TRY(flag(runtime, reverse))));
  return runtime.list(values_of(std::move(keyed)));
}

template <bool kMax>
Result<Value> extreme_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [case_sensitive, attribute] =
      TRY(bind_args(kMax ? "max" : "min", args, {{"case_sensitive"}, {"attribute"}}));
  const AttributeGetter getter(attribute, !TRY(flag(runtime, case_sensitive)));
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, self));
  std::optional<Value> best = TRY(iterator->next(runtime));
  if (!best) return nothing_in(runtime, "no aggregated item, the sequence was empty");
  Value best_key = TRY(getter.get(runtime, *best));
  while (std::optional<Value> item = TRY(iterator->next(runtime))) {
    Value key = TRY(getter.get(runtime, *item));
    const auto order_of = TRY(order(runtime, key, best_key));
    if (kMax ? order_of > 0 : order_of < 0) {
      best = std::move(item);
      best_key = std::move(key);
    }
  }
  return std::move(*best);
}

Result<Value> sum_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [attribute, start] = TRY(bind_args("sum", args, {{"attribute"}, {"start"}}));
  const AttributeGetter getter(attribute, false);
  Value total = start != nullptr ? *start : Value::integer(0);
  if (total.is_string()) return fail(ErrorCode::kInvalidArgument, "sum() can't sum strings");
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, self));
  while (std::optional<Value> item = TRY(iterator->next(runtime))) {
    TRY(runtime.spend(1));
    total = TRY(binary(runtime, BinaryOp::kAdd, total, TRY(getter.get(runtime, *item))));
  }
  return total;
}

Result<Value> group_of(Runtime& runtime, Value grouper, std::vector<Value> members) {
  std::vector<Value> parts;
  parts.push_back(std::move(grouper));
  parts.push_back(TRY(runtime.list(std::move(members))));
  Value pair = TRY(runtime.tuple(std::move(parts)));
  pair.object<SequenceObject>().is_group = true;
  return pair;
}

Result<Value> groupby_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [attribute, otherwise, case_sensitive] =
      TRY(bind_args("groupby", args, {{"attribute", true}, {"default"}, {"case_sensitive"}}));
  const bool exact = TRY(flag(runtime, case_sensitive));
  std::optional<Value> fallback;
  if (is_given(otherwise)) fallback = *otherwise;
  const AttributeGetter getter(attribute, !exact, fallback), shown(attribute, false, fallback);
  Keyed keyed;
  for (Value& item : TRY(to_items(runtime, self))) {
    Value key = TRY(getter.get(runtime, item));
    keyed.emplace_back(std::move(key), std::move(item));
  }
  TRY(sort_by_key(runtime, keyed, false));
  std::vector<Value> groups;
  for (size_t begin = 0; begin < keyed.size();) {
    std::vector<Value> members;
    size_t end = begin;
    for (; end < keyed.size() && TRY(equal(runtime, keyed[end].first, keyed[begin].first)); ++end) {
      members.push_back(keyed[end].second);
    }
    if (end == begin) members.push_back(keyed[end++].second);  // a NaN, which does not equal itself
    Value grouper = TRY(shown.get(runtime, members.front()));
    groups.push_back(TRY(group_of(runtime, std::move(grouper), std::move(members))));
    begin = end;
  }
  return runtime.list(std::move(groups));
}

Result<Value> dictsort_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [case_sensitive, by, reverse] =
      TRY(bind_args("dictsort", args, {{"case_sensitive"}, {"by"}, {"reverse"}}));
  const OriginString what = TRY(text_arg("dictsort", by, "key"));
  if (what.view() != "key" && what.view() != "value") {
    return fail(ErrorCode::kInvalidArgument, "dictsort: you can only sort by either \"key\" or \"value\"");
  }
  if (self.is_undefined()) return undefined_error(self);
  if (!self.is_dict())
    return fail(ErrorCode::kInvalidArgument, "dictsort: no mapping, but {}", type_name(self));
  const AttributeGetter getter(nullptr, !TRY(flag(runtime, case_sensitive)));
  Keyed keyed;
  for (const Dict::Entry& entry : self.dict().entries.entries()) {
    TRY(runtime.spend(1));
    Value key = TRY(getter.get(runtime, what.view() == "key" ? entry.key : entry.value));
    keyed.emplace_back(std::move(key), TRY(runtime.tuple({entry.key, entry.value})));
  }
  TRY(sort_by_key(runtime, keyed, TRY(flag(runtime, reverse))));
  return runtime.list(values_of(std::move(keyed)));
}

constexpr auto kSequenceFilters = std::to_array<NativeEntry>({
    {"batch", batch_filter},        {"count", length_filter},    {"dictsort", dictsort_filter},
    {"first", first_filter},        {"groupby", groupby_filter}, {"items", items_filter},
    {"join", join_filter},          {"last", last_filter},       {"length", length_filter},
    {"list", list_filter},          {"map", map_filter},         {"max", extreme_filter<true>},
    {"min", extreme_filter<false>}, {"reject", reject_filter},   {"rejectattr", rejectattr_filter},
    {"reverse", reverse_filter},    {"select", select_filter},   {"selectattr", selectattr_filter},
    {"slice", slice_filter},        {"sort", sort_filter},       {"sum", sum_filter},
    {"unique", unique_filter},
});
static_assert(std::ranges::is_sorted(kSequenceFilters, {}, &NativeEntry::name));

}  // namespace

std::span<const NativeEntry> sequence_filters() { return kSequenceFilters; }

}  // namespace hearth::jinja
