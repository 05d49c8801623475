#include <cmath>
#include <optional>

#include "text/jinja/library/format.h"
#include "text/jinja/library/html.h"
#include "text/jinja/value/number.h"
#include "text/jinja/value/operators.h"

namespace hearth::jinja {

namespace {

std::string_view symbol(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSub:
      return "-";
    case BinaryOp::kMul:
      return "*";
    case BinaryOp::kDiv:
      return "/";
    case BinaryOp::kFloorDiv:
      return "//";
    case BinaryOp::kMod:
      return "%";
    case BinaryOp::kPow:
      return "**";
  }
  return "?";
}

std::unexpected<Error> no_such_operation(BinaryOp op, const Value& a, const Value& b) {
  return fail(ErrorCode::kInvalidArgument, "unsupported operand type(s) for {}: '{}' and '{}'", symbol(op),
              type_name(a), type_name(b));
}

std::unexpected<Error> division_by_zero() {
  return fail(ErrorCode::kInvalidArgument, "division or modulo by zero");
}

Result<Value> int_power(Wide base, Wide exponent, Origin origin) {
  if (exponent < 0) {
    if (base == 0) return fail(ErrorCode::kInvalidArgument, "0.0 cannot be raised to a negative power");
    return Value::real(std::pow(double(base), double(exponent)), origin);
  }
  if (base == 0 || base == 1) return Value::wide(exponent == 0 ? 1 : base, origin);
  if (base == -1) return Value::wide(exponent % 2 == 0 ? 1 : -1, origin);
  Wide power = 1;
  for (Wide i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(power, base, &power)) return Value::wide(Wide(1) << 100);
  }
  return Value::wide(power, origin);
}

Result<Value> int_binary(BinaryOp op, Wide a, Wide b, Origin origin) {
  const bool divides = op == BinaryOp::kDiv || op == BinaryOp::kFloorDiv || op == BinaryOp::kMod;
  if (divides && b == 0) return division_by_zero();
  switch (op) {
    case BinaryOp::kAdd:
      return Value::wide(a + b, origin);
    case BinaryOp::kSub:
      return Value::wide(a - b, origin);
    case BinaryOp::kMul: {
      Wide product = 0;
      if (__builtin_mul_overflow(a, b, &product)) return Value::wide(Wide(1) << 100);
      return Value::wide(product, origin);
    }
    case BinaryOp::kDiv:
      return Value::real(double(static_cast<long double>(a) / static_cast<long double>(b)), origin);
    case BinaryOp::kFloorDiv:
      return Value::wide(floor_div(a, b), origin);
    case BinaryOp::kMod:
      return Value::wide(floor_mod(a, b), origin);
    case BinaryOp::kPow:
      return int_power(a, b, origin);
  }
  return Value();
}

Result<Value> float_power(double a, double b, Origin origin) {
  if (a == 0 && b < 0) return fail(ErrorCode::kInvalidArgument, "0.0 cannot be raised to a negative power");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && b != std::floor(b)) {
    return fail(ErrorCode::kUnsupported, "complex numbers: a negative number to a fractional power");
  }
  const double power = std::pow(a, b);
  if (std::isinf(power) && std::isfinite(a) && std::isfinite(b)) {
    return fail(ErrorCode::kInvalidArgument, "a float power is out of range");
  }
  return Value::real(power, origin);
}

Result<Value> float_binary(BinaryOp op, double a, double b, Origin origin) {
  const bool divides = op == BinaryOp::kDiv || op == BinaryOp::kFloorDiv || op == BinaryOp::kMod;
  if (divides && b == 0) return division_by_zero();
  switch (op) {
    case BinaryOp::kAdd:
      return Value::real(a + b, origin);
    case BinaryOp::kSub:
      return Value::real(a - b, origin);
    case BinaryOp::kMul:
      return Value::real(a * b, origin);
    case BinaryOp::kDiv:
      return Value::real(a / b, origin);
    case BinaryOp::kFloorDiv:
      return Value::real(floor_div(a, b), origin);
    case BinaryOp::kMod:
      return Value::real(floor_mod(a, b), origin);
    case BinaryOp::kPow:
      return float_power(a, b, origin);
  }
  return Value();
}

Result<Value> concatenate(Runtime& runtime, const Value& a, const Value& b) {
  const bool markup = a.string().is_markup() || b.string().is_markup();
  TextBuilder joined(runtime);
  for (const Value* part : {&a, &b}) {
    const StringObject& string = part->string();
    TRY(markup && !string.is_markup() ? append_escaped(joined, string.text()) : joined.append(string.text()));
  }
  return runtime.string(joined.take(), markup);
}

Result<Value> join_sequences(Runtime& runtime, const Value& a, const Value& b) {
  ListBuilder joined(runtime);
  TRY(joined.reserve(a.sequence().items.size() + b.sequence().items.size()));
  for (const Value* part : {&a, &b}) {
    for (const Value& item : part->sequence().items) TRY(joined.push(item));
  }
  const Origin marks = mix(a.origin(), b.origin());
  return a.is(Type::kList) ? runtime.list(joined.take(), marks) : runtime.tuple(joined.take());
}

Result<Value> repeat(Runtime& runtime, const Value& value, int64_t times) {
  const auto count = size_t(std::max<int64_t>(times, 0));
  if (value.is_string()) {
    const OriginString& text = value.string().text();
    TextBuilder repeated(runtime);
    if (!text.empty() && count > runtime.limits().max_output / text.size()) {
      TRY(runtime.meter().check_string(runtime.limits().max_output + 1));
    }
    if (text.size() == 1) {
      TRY(repeated.append_repeated(count, text.view(), text.origin_at(0)));
    } else {
      for (size_t i = 0; i < count && !text.empty(); ++i) TRY(repeated.append(text));
    }
    return runtime.string(repeated.take(), value.string().is_markup());
  }
  const auto& items = value.sequence().items;
  ListBuilder repeated(runtime);
  if (!items.empty()) {
    TRY(runtime.meter().check_room(std::min<Wide>(Wide(count) * items.size() * sizeof(Value), INT64_MAX)));
    TRY(repeated.reserve(count * items.size()));
    for (size_t i = 0; i < count; ++i) {
      for (const Value& item : items) TRY(repeated.push(item));
    }
  }
  return value.is(Type::kList) ? runtime.list(repeated.take(), value.origin())
                               : runtime.tuple(repeated.take());
}

}  // namespace

Result<Value> binary(Runtime& runtime, BinaryOp op, const Value& a, const Value& b) {
  if (a.is_undefined()) return undefined_error(a);
  if (op == BinaryOp::kMod && a.is_string()) return format_percent(runtime, a, b);
  if (b.is_undefined()) return undefined_error(b);
  if (a.is_number() && b.is_number()) {
    const Origin origin = mix(a.origin(), b.origin());
    if (a.is_int() && b.is_int()) return int_binary(op, a.as_int(), b.as_int(), origin);
    return float_binary(op, a.as_double(), b.as_double(), origin);
  }
  if (op == BinaryOp::kAdd && a.is_string() && b.is_string()) return concatenate(runtime, a, b);
  if (op == BinaryOp::kAdd && a.is_sequence() && a.type() == b.type()) return join_sequences(runtime, a, b);
  if (op == BinaryOp::kMul) {
    const auto repeats = [](const Value& value) { return value.is_string() || value.is_sequence(); };
    if (repeats(a) && b.is_int()) return repeat(runtime, a, b.as_int64());
    if (repeats(b) && a.is_int()) return repeat(runtime, b, a.as_int64());
  }
  return no_such_operation(op, a, b);
}

Result<Value> negate(const Value& value) {
  if (value.is_undefined()) return undefined_error(value);
  if (value.is(Type::kFloat)) return Value::real(-value.as_double(), value.origin());
  if (value.is_int()) return Value::wide(-value.as_int(), value.origin());
  return fail(ErrorCode::kInvalidArgument, "bad operand type for unary -: '{}'", type_name(value));
}

Result<Value> plus(const Value& value) {
  if (value.is_undefined()) return undefined_error(value);
  if (value.is(Type::kFloat)) return value;
  if (value.is_int()) return Value::wide(value.as_int(), value.origin());
  return fail(ErrorCode::kInvalidArgument, "bad operand type for unary +: '{}'", type_name(value));
}

}  // namespace hearth::jinja
