#include <algorithm>
#include <array>

#include "text/jinja/library/filters.h"
#include "text/jinja/library/methods.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

template <CompareOp kOp>
Result<Value> compare_test(Runtime& runtime, const Value& self, Args& args) {
  const auto [other] = TRY(bind_args("test", args, {{"other", true}}));
  return Value::boolean(TRY(compare(runtime, kOp, self, *other)));
}

/// A test that only looks at the value.
template <bool (*kTest)(const Value&)>
Result<Value> plain_test(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("test", args));
  return Value::boolean(kTest(self));
}

bool is_boolean(const Value& value) { return value.is(Type::kBool); }
bool is_callable(const Value& value) {
  switch (value.type()) {
    case Type::kFunction:
    case Type::kMacro:
    case Type::kLoop:
    case Type::kJoiner:
    case Type::kUndefined:
      return true;  // Python: Undefined has __call__
    default:
      return false;
  }
}
bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_escaped(const Value& value) { return value.is_string() && value.string().is_markup(); }
bool is_false(const Value& value) { return value.is(Type::kBool) && !value.as_bool(); }
bool is_float(const Value& value) { return value.is(Type::kFloat); }
bool is_integer(const Value& value) { return value.is(Type::kInt); }
bool is_mapping(const Value& value) { return value.is_dict(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.is_string(); }
bool is_true(const Value& value) { return value.is(Type::kBool) && value.as_bool(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
/// Has a length and items.
bool is_sequence(const Value& value) {
  switch (value.type()) {
    case Type::kString:
    case Type::kList:
    case Type::kTuple:
    case Type::kDict:
    case Type::kUndefined:
    case Type::kRange:
      return true;
    default:
      return false;
  }
}

Result<Value> modulo(Runtime& runtime, const Value& self, const Value& divisor) {
  return binary(runtime, BinaryOp::kMod, self, divisor);
}

template <int64_t kRest>
Result<Value> parity_test(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("test", args));
  return Value::boolean(
      TRY(equal(runtime, TRY(modulo(runtime, self, Value::integer(2))), Value::integer(kRest))));
}

Result<Value> divisibleby_test(Runtime& runtime, const Value& self, Args& args) {
  const auto [number] = TRY(bind_args("divisibleby", args, {{"num", true}}));
  return Value::boolean(TRY(equal(runtime, TRY(modulo(runtime, self, *number)), Value::integer(0))));
}

template <bool kUpper>
Result<Value> case_test(Runtime& runtime, const Value& self, Args& args) {
  const std::string_view method = kUpper ? "isupper" : "islower";
  return find_native(string_methods(), method)(runtime, TRY(to_string(runtime, self)), args);
}

Result<Value> in_test(Runtime& runtime, const Value& self, Args& args) {
  const auto [container] = TRY(bind_args("in", args, {{"seq", true}}));
  return Value::boolean(TRY(contains(runtime, *container, self)));
}

Result<Value> sameas_test(Runtime& runtime, const Value& self, Args& args) {
  const auto [other] = TRY(bind_args("sameas", args, {{"other", true}}));
  if (self.type() != other->type()) return Value::boolean(false);
  if (self.object_or_null() != nullptr)
    return Value::boolean(self.object_or_null() == other->object_or_null());
  return Value::boolean(TRY(equal(runtime, self, *other)));
}

template <NativeFunction (*kFind)(std::string_view)>
Result<Value> exists_test(Runtime&, const Value& self, Args& args) {
  TRY(bind_nothing("test", args));
  return Value::boolean(self.is_string() && kFind(self.text()) != nullptr);
}

constexpr auto kTests = std::to_array<NativeEntry>({
    {"!=", compare_test<CompareOp::kNotEqual>},
    {"<", compare_test<CompareOp::kLess>},
    {"<=", compare_test<CompareOp::kLessEqual>},
    {"==", compare_test<CompareOp::kEqual>},
    {">", compare_test<CompareOp::kGreater>},
    {">=", compare_test<CompareOp::kGreaterEqual>},
    {"boolean", plain_test<is_boolean>},
    {"callable", plain_test<is_callable>},
    {"defined", plain_test<is_defined>},
    {"divisibleby", divisibleby_test},
    {"eq", compare_test<CompareOp::kEqual>},
    {"equalto", compare_test<CompareOp::kEqual>},
    {"escaped", plain_test<is_escaped>},
    {"even", parity_test<0>},
    {"false", plain_test<is_false>},
    {"filter", exists_test<find_filter>},
    {"float", plain_test<is_float>},
    {"ge", compare_test<CompareOp::kGreaterEqual>},
    {"greaterthan", compare_test<CompareOp::kGreater>},
    {"gt", compare_test<CompareOp::kGreater>},
    {"in", in_test},
    {"integer", plain_test<is_integer>},
    {"iterable", plain_test<is_iterable>},
    {"le", compare_test<CompareOp::kLessEqual>},
    {"lessthan", compare_test<CompareOp::kLess>},
    {"lower", case_test<false>},
    {"lt", compare_test<CompareOp::kLess>},
    {"mapping", plain_test<is_mapping>},
    {"ne", compare_test<CompareOp::kNotEqual>},
    {"none", plain_test<is_none>},
    {"number", plain_test<is_number>},
    {"odd", parity_test<1>},
    {"sameas", sameas_test},
    {"sequence", plain_test<is_sequence>},
    {"string", plain_test<is_string>},
    {"test", exists_test<find_test>},
    {"true", plain_test<is_true>},
    {"undefined", plain_test<is_undefined>},
    {"upper", case_test<true>},
});
static_assert(std::ranges::is_sorted(kTests, {}, &NativeEntry::name));

}  // namespace

NativeFunction find_test(std::string_view name) { return find_native(kTests, name); }

}  // namespace hearth::jinja
