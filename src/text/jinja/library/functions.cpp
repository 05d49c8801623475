#include "text/jinja/library/functions.h"

#include <algorithm>
#include <array>

#include "text/jinja/library/strftime.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

Result<Value> make_range(Runtime& runtime, const Value&, Args& args) {
  const auto [first, second, third] = TRY(bind_args("range", args, {{"", true}, {""}, {""}}));
  Origin origin = Origin::kTemplate;
  for (const Value* bound : {first, second, third}) {
    if (bound != nullptr) origin = mix(origin, bound->origin());
  }
  const int64_t one = TRY(int_arg("range", first, 0)), two = TRY(int_arg("range", second, 0));
  const int64_t step = TRY(int_arg("range", third, 1));
  if (step == 0) return fail(ErrorCode::kInvalidArgument, "range() arg 3 must not be zero");
  const bool only_stop = second == nullptr;
  const Ref<RangeObject> range =
      runtime.heap().make<RangeObject>(only_stop ? 0 : one, only_stop ? one : two, step, origin);
  if (range->length > runtime.limits().max_range) {
    return fail(ErrorCode::kResourceLimit, "range() of more than {} elements", runtime.limits().max_range);
  }
  return Value(range);
}

/// Steps that an entry of a new dict counts as: it is copied, and put in order once it is looked for.
constexpr uint64_t kEntryCost = 4;

/// What Python's dict() takes: a mapping or an iterable of pairs, then keywords.
Result<Dict> dict_of(Runtime& runtime, std::string_view function, Args& args) {
  if (args.positional.size() > 1) {
    return fail(ErrorCode::kInvalidArgument, "{}() takes at most 1 positional argument", function);
  }
  Dict dict;
  if (!args.positional.empty() && args.positional[0].is_dict()) {
    const Dict& from = args.positional[0].dict().entries;
    TRY(runtime.spend(from.size() * kEntryCost));
    TRY(runtime.meter().check_room(from.heap_size()));
    dict = from;
  } else if (!args.positional.empty()) {
    const Ref<IteratorObject> pairs = TRY(iterate(runtime, args.positional[0]));
    while (std::optional<Value> pair = TRY(pairs->next(runtime))) {
      std::vector<Value> parts = TRY(to_items(runtime, *pair));
      if (parts.size() != 2) {
        return fail(ErrorCode::kInvalidArgument, "{}(): an element has length {}, 2 is required", function,
                    parts.size());
      }
      TRY(check_hashable(parts[0]));
      TRY(runtime.spend(kEntryCost));
      TRY(runtime.meter().check_room(dict.heap_size() * 2));
      dict.append(std::move(parts[0]), std::move(parts[1]));
    }
    dict.finish();
  }
  for (Keyword& keyword : args.keywords) {
    TRY(runtime.spend(kEntryCost));
    Value name = TRY(runtime.string(keyword.name));
    dict.set(std::move(name), std::move(keyword.value));
  }
  return dict;
}

Result<Value> make_dict(Runtime& runtime, const Value&, Args& args) {
  return runtime.dict(TRY(dict_of(runtime, "dict", args)));
}

Result<Value> dict_from_keys(Runtime& runtime, const Value&, Args& args) {
  const auto [keys, value] = TRY(bind_args("fromkeys", args, {{"", true}, {""}}));
  Dict dict;
  for (Value& key : TRY(to_items(runtime, *keys))) {
    TRY(check_hashable(key));
    dict.append(std::move(key), value != nullptr ? *value : Value::none());
  }
  dict.finish();
  return runtime.dict(std::move(dict));
}

Result<Value> make_namespace(Runtime& runtime, const Value&, Args& args) {
  Dict attributes = TRY(dict_of(runtime, "namespace", args));
  for (const Dict::Entry& entry : attributes.entries()) {
    if (entry.key.is_string() && entry.key.text().starts_with("_")) {
      return fail(ErrorCode::kInvalidArgument, "a namespace cannot have the attribute '{}': it starts with _",
                  entry.key.text());
    }
  }
  Ref<NamespaceObject> object = runtime.heap().make_mutable<NamespaceObject>(std::move(attributes));
  runtime.recharge(*object);
  return Value(std::move(object));
}

Result<Value> make_cycler(Runtime& runtime, const Value&, Args& args) {
  if (args.positional.empty() || !args.keywords.empty()) {
    return fail(ErrorCode::kInvalidArgument, "cycler() needs at least one item, and no keywords");
  }
  return Value(runtime.heap().make<CyclerObject>(std::move(args.positional)));
}

Result<Value> make_joiner(Runtime& runtime, const Value&, Args& args) {
  const auto [separator] = TRY(bind_args("joiner", args, {{"sep"}}));
  return Value(
      runtime.heap().make<JoinerObject>(separator != nullptr ? *separator : TRY(runtime.string(", "))));
}

Result<Value> raise_exception(Runtime& runtime, const Value&, Args& args) {
  const auto [message] = TRY(bind_args("raise_exception", args, {{"message", true}}));
  TextBuilder text(runtime);
  TRY(append_str(text, runtime, *message));
  runtime.raised = true;
  return fail_hint(ErrorCode::kInvalidArgument, "the model's chat template does not accept this conversation",
                   "{}", text.text().view());
}

Result<Value> strftime_now(Runtime& runtime, const Value&, Args& args) {
  const auto [format] = TRY(bind_args("strftime_now", args, {{"format", true}}));
  const OriginString text = TRY(text_arg("strftime_now", format, ""));
  const std::tm now = TRY(runtime.local_time());
  TextBuilder out(runtime);
  TRY(append_time(out, now, text));
  return runtime.string(out.take());
}

Result<Value> lipsum(Runtime&, const Value&, Args&) {
  return fail(ErrorCode::kUnsupported, "the function lipsum()");
}

constexpr auto kGlobals = std::to_array<NativeEntry>({
    {"cycler", make_cycler},
    {"dict", make_dict},
    {"joiner", make_joiner},
    {"lipsum", lipsum},
    {"namespace", make_namespace},
    {"raise_exception", raise_exception},
    {"range", make_range},
    {"strftime_now", strftime_now},
});
static_assert(std::ranges::is_sorted(kGlobals, {}, &NativeEntry::name));

constexpr NativeEntry kMethodsOfDict[] = {{"fromkeys", dict_from_keys}};

}  // namespace

std::optional<Value> find_global(Runtime& runtime, std::string_view name) {
  const NativeFunction function = find_native(kGlobals, name);
  if (function == nullptr) return std::nullopt;
  return Value(runtime.heap().make<FunctionObject>(name, function, Value()));
}

bool is_global(std::string_view name) { return find_native(kGlobals, name) != nullptr; }

std::vector<std::string_view> global_names() {
  std::vector<std::string_view> names;
  for (const NativeEntry& global : kGlobals) names.push_back(global.name);
  return names;
}

std::span<const NativeEntry> methods_of_function(std::string_view function) {
  if (function == "dict") return kMethodsOfDict;
  return {};
}

}  // namespace hearth::jinja
