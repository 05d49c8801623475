#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "text/jinja/value/object.h"
#include "text/jinja/value/string.h"

namespace hearth::jinja {

using Wide = __int128;

class Value;
class StringObject;
class SequenceObject;
class DictObject;

/// A value of a template: a scalar, or a reference to an object. Scalars carry their origin as strings do: a
/// number out of a message prints as content. Integers reach from -2^63 to 2^64 - 1.
class Value {
 public:
  Value() = default;  ///< None, of the template

  static Value none(Origin origin = Origin::kTemplate) { return Value(Type::kNone, origin, 0); }
  static Value boolean(bool value, Origin origin = Origin::kTemplate) {
    return Value(Type::kBool, origin, value ? 1 : 0);
  }
  static Value integer(int64_t value, Origin origin = Origin::kTemplate) {
    return Value(Type::kInt, origin, uint64_t(value));
  }
  static Value real(double value, Origin origin = Origin::kTemplate) {
    return Value(Type::kFloat, origin, std::bit_cast<uint64_t>(value));
  }
  /// A number of JSON as it was written, for what a double or an integer of 64 bits would print otherwise
  /// (1e400, 0.10, an integer of 30 digits): it counts as `value` and prints as `text`, a string.
  static Value written(double value, const Value& text);
  /// Error: kResourceLimit outside of the range of integers.
  static Result<Value> wide(Wide value, Origin origin = Origin::kTemplate);
  /// Undefined that says nothing about itself.
  static Value undefined() { return Value(Type::kUndefined, Origin::kTemplate, 0); }

  template <typename T>
  Value(Ref<T> object)  // NOLINT(google-explicit-constructor): every object is a value
      : type_(object->type()), object_(std::move(object)) {}

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }
  bool is_none() const { return type_ == Type::kNone; }
  bool is_undefined() const { return type_ == Type::kUndefined; }
  bool is_string() const { return type_ == Type::kString; }
  bool is_sequence() const { return type_ == Type::kList || type_ == Type::kTuple; }
  bool is_dict() const { return type_ == Type::kDict; }
  /// Whether Python has it as an int: bool included.
  bool is_int() const { return type_ == Type::kInt || type_ == Type::kBool; }
  bool is_number() const { return is_int() || type_ == Type::kFloat; }

  /// Of a scalar: where it came from. Of an object: where its own marks (brackets, commas) come from.
  Origin origin() const;

  bool as_bool() const { return bits_ != 0; }
  Wide as_int() const { return above_int64_ ? Wide(bits_) : Wide(int64_t(bits_)); }
  /// An int within the range of int64_t; larger ones are held at its ends.
  int64_t as_int64() const { return above_int64_ ? INT64_MAX : int64_t(bits_); }
  double as_double() const { return type_ == Type::kFloat ? std::bit_cast<double>(bits_) : double(as_int()); }

  /// REQUIRES: the type that the name says.
  const StringObject& string() const;
  const SequenceObject& sequence() const;
  const DictObject& dict() const;
  const std::string& text() const;

  /// How a float was written, null where it prints as its value.
  const std::string* written_text() const;

  /// The object as a T. REQUIRES: that the type is T's.
  template <typename T>
  T& object() const {
    return static_cast<T&>(*object_);
  }
  template <typename T>
  Ref<T> ref() const {
    return Ref<T>(static_cast<T*>(object_.get()));
  }
  Object* object_or_null() const { return object_.get(); }

 private:
  Value(Type type, Origin origin, uint64_t bits) : type_(type), origin_(origin), bits_(bits) {}

  Type type_ = Type::kNone;
  Origin origin_ = Origin::kTemplate;
  bool above_int64_ = false;
  uint64_t bits_ = 0;
  Ref<Object> object_;
};

}  // namespace hearth::jinja
