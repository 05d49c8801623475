#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

struct Keyword {
  std::string name;
  Value value;
};

/// The arguments of a call.
struct Args {
  std::vector<Value> positional;
  std::vector<Keyword> keywords;

  /// Takes out the keyword argument of that name.
  std::optional<Value> take(std::string_view name);
};

/// A built-in filter, test, function or method. `self` is what a filter or test is applied to, or the object
/// of the method.
using NativeFunction = Result<Value> (*)(Runtime& runtime, const Value& self, Args& args);

struct NativeEntry {
  std::string_view name;
  NativeFunction function;
};

/// By name, in a table sorted by name; null without one.
NativeFunction find_native(std::span<const NativeEntry> table, std::string_view name);

/// What can be called and has a name: a built-in function, a bound method, a macro.
class CallableObject : public Object {
 public:
  CallableObject(Type type, std::string_view called) : Object(type), name(called) {}

  const std::string name;
};

/// A built-in function, or a method bound to its object.
class FunctionObject final : public CallableObject {
 public:
  FunctionObject(std::string_view called, NativeFunction what, Value bound)
      : CallableObject(Type::kFunction, called), function(what), self(std::move(bound)) {}

  const NativeFunction function;
  const Value self;
};

/// A parameter of a built-in. Without a name it can only be given by its place.
struct Param {
  std::string_view name;
  bool required = false;
};

/// The arguments by parameter, as Python binds them; null where one was left out.
/// Errors: kInvalidArgument for too many, too few or unknown arguments, naming the function.
Status bind_args(std::string_view function, Args& args, std::span<const Param> params,
                 std::span<const Value*> bound);

template <size_t kCount>
Result<std::array<const Value*, kCount>> bind_args(std::string_view function, Args& args,
                                                   const Param (&params)[kCount]) {
  std::array<const Value*, kCount> bound = {};
  TRY(bind_args(function, args, std::span<const Param>(params), bound));
  return bound;
}

/// Takes no arguments.
Status bind_nothing(std::string_view function, const Args& args);

/// The argument, or the default where it was left out. Errors: kInvalidArgument for another type.
Result<int64_t> int_arg(std::string_view function, const Value* value, int64_t otherwise);
Result<OriginString> text_arg(std::string_view function, const Value* value, std::string_view otherwise);
bool is_given(const Value* value);  ///< and is not None

}  // namespace hearth::jinja
