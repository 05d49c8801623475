#pragma once

#include <compare>
#include <cstdint>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

enum class BinaryOp : uint8_t { kAdd, kSub, kMul, kDiv, kFloorDiv, kMod, kPow };
enum class CompareOp : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kNotIn };

/// Python's operators on values. Errors, beside each one's own: kInvalidArgument for types that do not go
/// together or an undefined operand, kResourceLimit for results too large or values nested too deep.

/// bool(value).
Result<bool> truth(Runtime& runtime, const Value& value);

/// a == b.
Result<bool> equal(Runtime& runtime, const Value& a, const Value& b);

/// How a and b are ordered; unordered where a NaN is involved.
Result<std::partial_ordering> order(Runtime& runtime, const Value& a, const Value& b);

/// a == b, a < b, a in b, ...
Result<bool> compare(Runtime& runtime, CompareOp op, const Value& a, const Value& b);

/// item in container.
Result<bool> contains(Runtime& runtime, const Value& container, const Value& item);

Result<Value> binary(Runtime& runtime, BinaryOp op, const Value& a, const Value& b);
Result<Value> negate(const Value& value);
Result<Value> plus(const Value& value);

/// The error of an operation on an undefined value, which says what is undefined.
std::unexpected<Error> undefined_error(const Value& value);

/// Sorts by `order`, stable. Each item is (key, value); keys decide.
Status sort_by_key(Runtime& runtime, std::vector<std::pair<Value, Value>>& items, bool reverse);

}  // namespace hearth::jinja
