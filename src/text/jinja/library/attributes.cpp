#include "text/jinja/library/attributes.h"

#include <algorithm>

#include "text/jinja/library/methods.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/loop.h"
#include "text/jinja/value/macro.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

using Undefined = UndefinedObject::Kind;
using Found = std::optional<Value>;

Found range_attribute(const RangeObject& range, std::string_view name) {
  if (name == "start") return Value::integer(range.start, range.origin);
  if (name == "stop") return Value::integer(range.stop, range.origin);
  if (name == "step") return Value::integer(range.step, range.origin);
  return std::nullopt;
}

Found number_attribute(const Value& value, std::string_view name) {
  if (name == "real" || (name == "numerator" && value.is_int())) {
    return value.is(Type::kBool) ? Value::integer(value.as_int64(), value.origin()) : value;
  }
  if (name == "imag") return value.is(Type::kFloat) ? Value::real(0) : Value::integer(0);
  if (name == "denominator" && value.is_int()) return Value::integer(1);
  return std::nullopt;
}

Result<Found> macro_attribute(Runtime& runtime, const MacroObject& macro, std::string_view name) {
  if (name == "name") return TRY(runtime.string(macro.name));
  if (name == "catch_kwargs") return Value::boolean(macro.signature->catches_kwargs);
  if (name == "catch_varargs") return Value::boolean(macro.signature->catches_varargs);
  if (name == "caller") return Value::boolean(macro.signature->reads_caller);
  if (name != "arguments") return std::nullopt;
  std::vector<Value> names;
  for (const MacroParam& param : macro.signature->params) names.push_back(TRY(runtime.string(param.name)));
  return TRY(runtime.tuple(std::move(names)));
}

/// Attributes that are not methods.
Result<Found> plain_attribute(Runtime& runtime, const Value& value, std::string_view name) {
  switch (value.type()) {
    case Type::kRange:
      return range_attribute(value.object<RangeObject>(), name);
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
      return number_attribute(value, name);
    case Type::kLoop:
      return value.object<LoopObject>().attribute(runtime, name);
    case Type::kMacro:
      return macro_attribute(runtime, value.object<MacroObject>(), name);
    case Type::kNamespace: {
      const Value* found = value.object<NamespaceObject>().attributes.find(name);
      return found != nullptr ? Found(*found) : std::nullopt;
    }
    case Type::kTuple: {
      const SequenceObject& pair = value.sequence();
      if (pair.is_group && name == "grouper") return pair.items[0];
      if (pair.is_group && name == "list") return pair.items[1];
      return std::nullopt;
    }
    case Type::kCycler: {
      const auto& cycler = value.object<CyclerObject>();
      if (name == "current") return cycler.items[cycler.position];
      if (name == "pos") return Value::integer(int64_t(cycler.position));
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

/// What Python objects carry between double underscores; a template may not see it.
bool is_internal(std::string_view name) { return name.starts_with("__"); }

}  // namespace

Result<Found> type_attribute(Runtime& runtime, const Value& value, std::string_view name) {
  if (is_internal(name)) return runtime.undefined(Undefined::kUnsafe, name, value.type());
  if (Found found = TRY(plain_attribute(runtime, value, name))) return found;
  const Method method = find_method(value, name);
  switch (method.kind) {
    case MethodKind::kNone:
      return std::nullopt;
    case MethodKind::kUnsafe:
      return runtime.undefined(Undefined::kUnsafe, name, value.type());
    case MethodKind::kUnsupported:
      return fail(ErrorCode::kUnsupported, "the method '{}' of {}", name, type_name(value));
    case MethodKind::kMethod:
      break;
  }
  return Value(runtime.heap().make<FunctionObject>(name, method.function, value));
}

Result<Value> attribute(Runtime& runtime, const Value& value, std::string_view name) {
  if (value.is_undefined()) return undefined_error(value);
  if (Found found = TRY(type_attribute(runtime, value, name))) return std::move(*found);
  if (value.is_dict()) {
    if (const Value* item = value.dict().entries.find(name)) return *item;
  }
  return runtime.undefined(Undefined::kAttribute, name, value.type());
}

namespace {

/// The item of an ordered value by index from either end; nothing out of range.
Result<Found> item_at(Runtime& runtime, const Value& value, int64_t index) {
  const int64_t size = TRY(length_of(runtime, value));
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  switch (value.type()) {
    case Type::kString: {
      const StringObject& string = value.string();
      const size_t begin = string.offset_of_point(size_t(index));
      return TRY(
          point_at(runtime, string, begin, begin + next_utf8(string.text().view().substr(begin)).size));
    }
    case Type::kRange: {
      const auto& range = value.object<RangeObject>();
      return Value::integer(range.at(index), range.origin);
    }
    default:
      return value.sequence().items[size_t(index)];
  }
}

bool has_order(const Value& value) {
  return value.is_string() || value.is_sequence() || value.is(Type::kRange);
}

Result<Value> missing_element(Runtime& runtime, const Value& value, const Value& key) {
  if (key.is_string()) return runtime.undefined(Undefined::kAttribute, key.text(), value.type());
  TextBuilder text(runtime);
  TRY(append_repr(text, runtime, key));
  return runtime.undefined(Undefined::kElement, text.text().view(), value.type());
}

}  // namespace

Result<Value> subscript(Runtime& runtime, const Value& value, const Value& key) {
  if (value.is_undefined()) return undefined_error(value);
  if (value.is_dict()) {
    if (check_hashable(key)) {
      if (const Value* item = value.dict().entries.find(key)) return *item;
    }
  } else if (has_order(value) && key.is_int()) {
    if (Found item = TRY(item_at(runtime, value, key.as_int64()))) return std::move(*item);
  }
  if (key.is_string()) {
    if (Found found = TRY(type_attribute(runtime, value, key.text()))) return std::move(*found);
  }
  return missing_element(runtime, value, key);
}

namespace {

Result<std::optional<int64_t>> slice_bound(const Value& value) {
  if (value.is_none()) return std::nullopt;
  if (value.is_int()) return value.as_int64();
  return fail(ErrorCode::kInvalidArgument, "slice indices must be integers or None, not {}",
              type_name(value));
}

/// The indices that a slice takes: `count` of them from `start`, `step` apart.
struct SliceRange {
  int64_t start, step, count;
};

SliceRange place_slice(std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step,
                       int64_t size) {
  const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
  const auto place = [&](std::optional<int64_t> bound, int64_t otherwise) {
    if (!bound) return otherwise;
    return std::clamp(*bound < 0 ? *bound + size : *bound, low, high);
  };
  const int64_t first = place(start, step < 0 ? high : low), last = place(stop, step < 0 ? low : high);
  const RangeObject range(first, last, step, Origin::kTemplate);
  return {first, step, range.length};
}

Result<Value> slice_string(Runtime& runtime, const StringObject& string, SliceRange range) {
  if (range.step == 1) {
    const size_t begin = string.offset_of_point(size_t(range.start));
    const size_t end = string.offset_of_point(size_t(range.start + range.count));
    TRY(runtime.meter().spend_copy(end - begin));
    return runtime.string(string.text().slice(begin, end), string.is_markup());
  }
  TextBuilder out(runtime);
  for (int64_t i = 0; i < range.count; ++i) {
    TRY(runtime.spend(1));
    const size_t begin = string.offset_of_point(size_t(range.start + i * range.step));
    TRY(out.append(string.text(), begin, begin + next_utf8(string.text().view().substr(begin)).size));
  }
  return runtime.string(out.take(), string.is_markup());
}

}  // namespace

Result<Value> slice(Runtime& runtime, const Value& value, const Value& start, const Value& stop,
                    const Value& step) {
  if (value.is_undefined()) return undefined_error(value);
  if (!has_order(value)) {
    return fail(ErrorCode::kInvalidArgument, "'{}' object cannot be sliced", type_name(value));
  }
  const int64_t stride = TRY(slice_bound(step)).value_or(1);
  if (stride == 0) return fail(ErrorCode::kInvalidArgument, "slice step cannot be zero");
  const int64_t size = TRY(length_of(runtime, value));
  const int64_t bounded = std::clamp(stride, -size - 1, size + 1);
  const SliceRange range = place_slice(TRY(slice_bound(start)), TRY(slice_bound(stop)), bounded, size);
  if (value.is_string()) return slice_string(runtime, value.string(), range);
  if (value.is(Type::kRange)) {
    const auto& from = value.object<RangeObject>();
    // Bounds may lie beyond the last number, and so beyond 64 bits.
    const auto bound = [](Wide value) { return int64_t(std::clamp<Wide>(value, INT64_MIN, INT64_MAX)); };
    const Wide first = from.start + Wide(range.start) * from.step, by = Wide(from.step) * range.step;
    return Value(runtime.heap().make<RangeObject>(bound(first), bound(first + by * range.count), bound(by),
                                                  from.origin));
  }
  ListBuilder items(runtime);
  TRY(items.reserve(size_t(range.count)));
  const auto& from = value.sequence().items;
  for (int64_t i = 0; i < range.count; ++i) TRY(items.push(from[size_t(range.start + i * range.step)]));
  return value.is(Type::kList) ? runtime.list(items.take(), value.origin()) : runtime.tuple(items.take());
}

}  // namespace hearth::jinja
