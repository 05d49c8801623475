#include "text/jinja/library/methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "text/jinja/library/functions.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/loop.h"
#include "text/jinja/value/operators.h"

namespace hearth::jinja {

namespace {

Result<Value> index_in_list(Runtime& runtime, const Value& self, Args& args) {
  const auto [item, start, stop] = TRY(bind_args("index", args, {{"", true}, {""}, {""}}));
  const std::vector<Value> items = TRY(to_items(runtime, self));
  const auto size = int64_t(items.size());
  const auto place = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
  };
  const int64_t last = place(TRY(int_arg("index", stop, size)));
  for (int64_t i = place(TRY(int_arg("index", start, 0))); i < last; ++i) {
    if (TRY(equal(runtime, items[size_t(i)], *item))) return Value::integer(i);
  }
  return fail(ErrorCode::kInvalidArgument, "index(): the value is not in the list");
}

Result<Value> count_in_list(Runtime& runtime, const Value& self, Args& args) {
  const auto [item] = TRY(bind_args("count", args, {{"", true}}));
  int64_t count = 0;
  for (const Value& other : TRY(to_items(runtime, self))) count += TRY(equal(runtime, other, *item)) ? 1 : 0;
  return Value::integer(count);
}

Result<Value> copy_list(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("copy", args));
  return runtime.list(TRY(to_items(runtime, self)), self.origin());
}

template <ViewObject::Kind kKind>
Result<Value> view_of_dict(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("dict method", args));
  return Value(runtime.heap().make<ViewObject>(self.ref<DictObject>(), kKind));
}

Result<Value> get_from_dict(Runtime&, const Value& self, Args& args) {
  const auto [key, otherwise] = TRY(bind_args("get", args, {{"", true}, {""}}));
  TRY(check_hashable(*key));
  if (const Value* found = self.dict().entries.find(*key)) return *found;
  return otherwise != nullptr ? *otherwise : Value::none();
}

Result<Value> copy_dict(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("copy", args));
  TRY(runtime.spend(self.dict().entries.size()));
  return runtime.dict(self.dict().entries, self.origin());
}

Result<Value> bit_length(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("bit_length", args));
  const Wide value = self.as_int();
  int64_t bits = 0;
  for (auto rest = static_cast<unsigned __int128>(value < 0 ? -value : value); rest != 0; rest >>= 1) ++bits;
  return Value::integer(bits, self.origin());
}

Result<Value> conjugate(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("conjugate", args));
  return self.is(Type::kBool) ? Value::integer(self.as_int64(), self.origin()) : self;
}

Result<Value> is_integer(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("is_integer", args));
  const double value = self.as_double();
  return Value::boolean(std::isfinite(value) && std::floor(value) == value);
}

Result<Value> cycle_loop(Runtime&, const Value& self, Args& args) {
  if (!args.keywords.empty()) return fail(ErrorCode::kInvalidArgument, "cycle() takes no keyword arguments");
  return self.object<LoopObject>().cycle(args.positional);
}

Result<Value> loop_changed(Runtime& runtime, const Value& self, Args& args) {
  if (!args.keywords.empty())
    return fail(ErrorCode::kInvalidArgument, "changed() takes no keyword arguments");
  return self.object<LoopObject>().changed(runtime, std::move(args.positional));
}

Result<Value> next_of_cycler(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("next", args));
  auto& cycler = self.object<CyclerObject>();
  const size_t position = cycler.position;
  cycler.position = (position + 1) % cycler.items.size();
  return cycler.items[position];
}

Result<Value> reset_cycler(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("reset", args));
  self.object<CyclerObject>().position = 0;
  return Value::none();
}

constexpr auto kListMethods = std::to_array<NativeEntry>({
    {"copy", copy_list},
    {"count", count_in_list},
    {"index", index_in_list},
});
constexpr auto kOrderedMethods = std::to_array<NativeEntry>({
    {"count", count_in_list},
    {"index", index_in_list},
});
constexpr auto kDictMethods = std::to_array<NativeEntry>({
    {"copy", copy_dict},
    {"get", get_from_dict},
    {"items", view_of_dict<ViewObject::Kind::kItems>},
    {"keys", view_of_dict<ViewObject::Kind::kKeys>},
    {"values", view_of_dict<ViewObject::Kind::kValues>},
});
constexpr auto kIntMethods = std::to_array<NativeEntry>({
    {"bit_length", bit_length},
    {"conjugate", conjugate},
});
constexpr auto kFloatMethods = std::to_array<NativeEntry>({
    {"conjugate", conjugate},
    {"is_integer", is_integer},
});
constexpr auto kLoopMethods = std::to_array<NativeEntry>({
    {"changed", loop_changed},
    {"cycle", cycle_loop},
});
constexpr auto kCyclerMethods = std::to_array<NativeEntry>({
    {"next", next_of_cycler},
    {"reset", reset_cycler},
});

using Names = std::span<const std::string_view>;
constexpr std::string_view kListChanges[] = {"append", "clear",  "extend",  "insert",
                                             "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kDictChanges[] = {"clear", "pop", "popitem", "setdefault", "update"};
// What Python has beside.
constexpr std::string_view kOtherStringMethods[] = {"encode", "maketrans", "translate"};
constexpr std::string_view kOtherMarkupMethods[] = {"escape", "striptags", "unescape"};
constexpr std::string_view kOtherDictMethods[] = {"fromkeys"};
constexpr std::string_view kOtherIntMethods[] = {"as_integer_ratio", "bit_count", "from_bytes", "to_bytes"};
constexpr std::string_view kOtherFloatMethods[] = {"as_integer_ratio", "fromhex", "hex"};
constexpr std::string_view kOtherViewMethods[] = {"isdisjoint", "mapping"};
constexpr std::string_view kOtherIteratorMethods[] = {"close",        "gi_code", "gi_frame", "gi_running",
                                                      "gi_yieldfrom", "send",    "throw"};
constexpr std::string_view kOtherCyclerMethods[] = {"items"};
constexpr std::string_view kOtherJoinerMethods[] = {"sep", "used"};

/// The methods of a type, and the names that Python has for it beside them.
struct TypeMethods {
  std::span<const NativeEntry> methods = {};
  Names unsafe = {};
  Names unsupported = {};
};

TypeMethods methods_of(const Value& value) {
  switch (value.type()) {
    case Type::kString:
      return {.methods = string_methods(), .unsupported = kOtherStringMethods};
    case Type::kList:
      return {.methods = kListMethods, .unsafe = kListChanges};
    case Type::kTuple:
      return {.methods = kOrderedMethods};
    case Type::kDict:
      return {.methods = kDictMethods, .unsafe = kDictChanges, .unsupported = kOtherDictMethods};
    case Type::kRange:
      return {.methods = kOrderedMethods};
    case Type::kView:
      return {.unsupported = kOtherViewMethods};
    case Type::kIterator:
      return {.unsupported = kOtherIteratorMethods};
    case Type::kBool:
    case Type::kInt:
      return {.methods = kIntMethods, .unsupported = kOtherIntMethods};
    case Type::kFloat:
      return {.methods = kFloatMethods, .unsupported = kOtherFloatMethods};
    case Type::kLoop:
      return {.methods = kLoopMethods};
    case Type::kCycler:
      return {.methods = kCyclerMethods, .unsupported = kOtherCyclerMethods};
    case Type::kJoiner:
      return {.unsupported = kOtherJoinerMethods};
    case Type::kFunction: {
      const auto& function = value.object<FunctionObject>();
      return {.methods = methods_of_function(function.name)};
    }
    default:
      return {};
  }
}

bool has(Names names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

Method find_method(const Value& value, std::string_view name) {
  const TypeMethods type = methods_of(value);
  if (const NativeFunction function = find_native(type.methods, name)) return {MethodKind::kMethod, function};
  if (has(type.unsafe, name)) return {MethodKind::kUnsafe, nullptr};
  const bool html = value.is_string() && value.string().is_markup() && has(kOtherMarkupMethods, name);
  if (html || has(type.unsupported, name)) return {MethodKind::kUnsupported, nullptr};
  return {};
}

}  // namespace hearth::jinja
