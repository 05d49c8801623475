#include <algorithm>
#include <utility>

#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"

namespace hearth::jinja {

std::unexpected<Error> undefined_error(const Value& value) {
  const Object* object = value.object_or_null();
  if (object == nullptr) return fail(ErrorCode::kInvalidArgument, "an undefined value was used");
  return fail(ErrorCode::kInvalidArgument, "{}", static_cast<const UndefinedObject*>(object)->message());
}

Result<bool> truth(Runtime& runtime, const Value& value) {
  switch (value.type()) {
    case Type::kNone:
    case Type::kUndefined:
      return false;
    case Type::kBool:
    case Type::kInt:
      return value.as_bool();
    case Type::kFloat:
      return value.as_double() != 0;
    case Type::kString:
      return !value.text().empty();
    case Type::kList:
    case Type::kTuple:
    case Type::kDict:
    case Type::kView:
    case Type::kRange:
    case Type::kLoop:
      return TRY(length_of(runtime, value)) != 0;
    default:
      return true;
  }
}

namespace {

Result<bool> equal_at(Runtime& runtime, const Value& a, const Value& b, int depth);

Status enter_value(Runtime& runtime, int depth) {
  if (depth >= runtime.limits().max_depth) return too_deep("values", runtime.limits().max_depth);
  return runtime.spend(1);
}

Result<bool> equal_sequences(Runtime& runtime, const Value& a, const Value& b, int depth) {
  const auto& left = a.sequence().items;
  const auto& right = b.sequence().items;
  if (left.size() != right.size()) return false;
  TRY(enter_value(runtime, depth));
  for (size_t i = 0; i < left.size(); ++i) {
    if (!TRY(equal_at(runtime, left[i], right[i], depth + 1))) return false;
  }
  return true;
}

Result<bool> equal_dicts(Runtime& runtime, const Value& a, const Value& b, int depth) {
  const Dict& left = a.dict().entries;
  const Dict& right = b.dict().entries;
  if (left.size() != right.size()) return false;
  TRY(enter_value(runtime, depth));
  for (const Dict::Entry& entry : left.entries()) {
    const Value* other = right.find(entry.key);
    if (other == nullptr || !TRY(equal_at(runtime, entry.value, *other, depth + 1))) return false;
  }
  return true;
}

Result<bool> equal_at(Runtime& runtime, const Value& a, const Value& b, int depth) {
  TRY(runtime.spend(1));
  if (a.is_number() && b.is_number()) {
    return a.is_int() && b.is_int() ? a.as_int() == b.as_int() : a.as_double() == b.as_double();
  }
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::kNone:
    case Type::kUndefined:
      return true;
    case Type::kString: {
      if (a.text().size() != b.text().size()) return false;
      TRY(runtime.meter().spend_copy(a.text().size()));
      return a.text() == b.text();
    }
    case Type::kList:
    case Type::kTuple:
      return equal_sequences(runtime, a, b, depth);
    case Type::kDict:
      return equal_dicts(runtime, a, b, depth);
    case Type::kRange: {
      const auto& left = a.object<RangeObject>();
      const auto& right = b.object<RangeObject>();
      if (left.length != right.length) return false;
      return left.length == 0 || (left.start == right.start && (left.length == 1 || left.step == right.step));
    }
    default:
      return a.object_or_null() == b.object_or_null();
  }
}

Result<std::partial_ordering> order_at(Runtime& runtime, const Value& a, const Value& b, int depth) {
  TRY(runtime.spend(1));
  if (a.is_undefined()) return undefined_error(a);
  if (b.is_undefined()) return undefined_error(b);
  if (a.is_number() && b.is_number()) {
    if (a.is_int() && b.is_int()) return std::partial_ordering(a.as_int() <=> b.as_int());
    return a.as_double() <=> b.as_double();
  }
  if (a.is_string() && b.is_string()) {
    TRY(runtime.meter().spend_copy(std::min(a.text().size(), b.text().size())));
    return std::partial_ordering(a.text().compare(b.text()) <=> 0);
  }
  if (!a.is_sequence() || a.type() != b.type()) {
    return fail(ErrorCode::kInvalidArgument, "'{}' and '{}' have no order", type_name(a), type_name(b));
  }
  TRY(enter_value(runtime, depth));
  const auto& left = a.sequence().items;
  const auto& right = b.sequence().items;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (!TRY(equal_at(runtime, left[i], right[i], depth + 1))) {
      return order_at(runtime, left[i], right[i], depth + 1);
    }
  }
  return std::partial_ordering(left.size() <=> right.size());
}

Result<bool> contains_item(Runtime& runtime, const Value& container, const Value& item) {
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, container));
  while (std::optional<Value> other = TRY(iterator->next(runtime))) {
    if (TRY(equal(runtime, *other, item))) return true;
  }
  return false;
}

}  // namespace

Result<bool> equal(Runtime& runtime, const Value& a, const Value& b) { return equal_at(runtime, a, b, 0); }

Result<std::partial_ordering> order(Runtime& runtime, const Value& a, const Value& b) {
  return order_at(runtime, a, b, 0);
}

Result<bool> contains(Runtime& runtime, const Value& container, const Value& item) {
  TRY(runtime.spend(1));
  switch (container.type()) {
    case Type::kString: {
      if (!item.is_string()) {
        return fail(ErrorCode::kInvalidArgument, "'in <string>' requires string as left operand, not {}",
                    type_name(item));
      }
      TRY(runtime.meter().spend_copy(container.text().size()));
      return container.text().find(item.text()) != std::string::npos;
    }
    case Type::kDict:
      TRY(check_hashable(item));
      return container.dict().entries.find(item) != nullptr;
    case Type::kView: {
      const auto& view = container.object<ViewObject>();
      if (view.kind != ViewObject::Kind::kKeys) return contains_item(runtime, container, item);
      TRY(check_hashable(item));
      return view.dict->entries.find(item) != nullptr;
    }
    case Type::kList:
    case Type::kTuple: {
      for (const Value& other : container.sequence().items) {
        if (TRY(equal(runtime, other, item))) return true;
      }
      return false;
    }
    default:
      break;
  }
  if (!is_iterable(container)) {
    return fail(ErrorCode::kInvalidArgument, "argument of type '{}' is not iterable", type_name(container));
  }
  return contains_item(runtime, container, item);
}

Result<bool> compare(Runtime& runtime, CompareOp op, const Value& a, const Value& b) {
  switch (op) {
    case CompareOp::kEqual:
      return equal(runtime, a, b);
    case CompareOp::kNotEqual:
      return !TRY(equal(runtime, a, b));
    case CompareOp::kLess:
      return TRY(order(runtime, a, b)) < 0;
    case CompareOp::kLessEqual:
      return TRY(order(runtime, a, b)) <= 0;
    case CompareOp::kGreater:
      return TRY(order(runtime, a, b)) > 0;
    case CompareOp::kGreaterEqual:
      return TRY(order(runtime, a, b)) >= 0;
    case CompareOp::kIn:
      return contains(runtime, b, a);
    case CompareOp::kNotIn:
      return !TRY(contains(runtime, b, a));
  }
  return false;
}

Status sort_by_key(Runtime& runtime, std::vector<std::pair<Value, Value>>& items, bool reverse) {
  // A merge sort of our own: comparing can fail, and keys with NaN have no consistent order.
  std::vector<std::pair<Value, Value>> merged(items.size());
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t begin = 0; begin < items.size(); begin += 2 * width) {
      const size_t middle = std::min(begin + width, items.size()),
                   end = std::min(begin + 2 * width, items.size());
      size_t left = begin, right = middle;
      for (size_t out = begin; out < end; ++out) {
        bool take_right = left == middle;
        if (left < middle && right < end) {
          const auto order_of = TRY(order(runtime, items[right].first, items[left].first));
          take_right = reverse ? order_of > 0 : order_of < 0;
        }
        merged[out] = std::move(items[take_right ? right++ : left++]);
      }
    }
    std::swap(items, merged);
  }
  return {};
}

}  // namespace hearth::jinja
