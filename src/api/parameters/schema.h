#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "api/call/json.h"

namespace hearth::api {

struct Parameter;

/// A format of strings, as JSON Schema describes it and as it is checked.
struct TextFormat {
  std::string_view expected;                ///< "a duration", for messages
  std::string_view hint;                    ///< an example, for messages
  Json (*json_schema)();                    ///< its description besides the type
  bool (*matches)(std::string_view value);  ///< whether a string has the format
};

/// The values of a parameter: the subset of JSON Schema that requests need. It both validates values and
/// generates /openapi.json, so that the two agree. Constant: what it points at must outlive it. Lengths of
/// strings are in characters.
struct Schema {
  enum class Kind : uint8_t {
    kAny,
    kBoolean,
    kInteger,    ///< from low to high; 5.0 is 5
    kNumber,     ///< from least to most
    kText,       ///< of low to high characters
    kFormat,     ///< a text of a format
    kChoice,     ///< one of the texts in names
    kOnly,       ///< one of the JSON values in `values`; others are known elsewhere, see `why`
    kTokenId,    ///< of the model
    kArray,      ///< low to high items like parts[0]
    kTuple,      ///< one item like each of the parts
    kMap,        ///< an object of at most high members like parts[0]; parts[1] is for their names
    kObject,     ///< an object of the members
    kEither,     ///< what one of the parts takes
    kElsewhere,  ///< has its own reader; in the document by the name in `values`
    kStructure,  ///< any object or array
  };

  static constexpr size_t kUnbounded = size_t(std::numeric_limits<int64_t>::max());

  static constexpr Schema any() { return {}; }
  static constexpr Schema boolean() { return {.kind = Kind::kBoolean}; }
  static constexpr Schema integer(int64_t low, int64_t high) {
    return {.kind = Kind::kInteger, .low = low, .high = high};
  }
  static constexpr Schema number(double least, double most) {
    return {.kind = Kind::kNumber, .least = least, .most = most};
  }
  static constexpr Schema any_number() {
    return number(-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity());
  }
  static constexpr Schema text(size_t min_length, size_t max_length = kUnbounded) {
    return {.kind = Kind::kText, .low = int64_t(min_length), .high = int64_t(max_length)};
  }
  static constexpr Schema formatted(const TextFormat& format) {
    return {.kind = Kind::kFormat, .format = &format};
  }
  static constexpr Schema choice(std::span<const std::string_view> names) {
    return {.kind = Kind::kChoice, .names = names};
  }
  /// `values` is a JSON array.
  static constexpr Schema only(std::string_view values, std::string_view why) {
    return {.kind = Kind::kOnly, .values = values, .why = why};
  }
  static constexpr Schema token_id() { return {.kind = Kind::kTokenId}; }
  static constexpr Schema array(const Schema& item, size_t min_size, size_t max_size = kUnbounded) {
    return {.kind = Kind::kArray,
            .low = int64_t(min_size),
            .high = int64_t(max_size),
            .parts = &item,
            .num_parts = 1};
  }
  /// An array of distinct items.
  static constexpr Schema set(const Schema& item, size_t max_size) {
    Schema schema = array(item, 0, max_size);
    schema.is_unique = true;
    return schema;
  }
  template <size_t num_items>
  static constexpr Schema tuple(const Schema (&items)[num_items]) {
    return {.kind = Kind::kTuple, .parts = items, .num_parts = num_items};
  }
  static constexpr Schema map(const Schema (&value_and_name)[2], size_t max_size) {
    return {.kind = Kind::kMap, .high = int64_t(max_size), .parts = value_and_name, .num_parts = 2};
  }
  template <size_t num_members>
  static constexpr Schema object(const Parameter (&members)[num_members]) {
    return {.kind = Kind::kObject, .members = members, .num_members = num_members};
  }
  template <size_t num_parts>
  static constexpr Schema either(const Schema (&parts)[num_parts]) {
    return {.kind = Kind::kEither, .parts = parts, .num_parts = num_parts};
  }
  static constexpr Schema elsewhere(std::string_view component) {
    return {.kind = Kind::kElsewhere, .values = component};
  }
  static constexpr Schema structure() { return {.kind = Kind::kStructure}; }

  Kind kind = Kind::kAny;
  bool is_unique = false;
  int64_t low = 0, high = 0;
  double least = 0, most = 0;
  std::span<const std::string_view> names = {};
  std::string_view values = {}, why = {};
  const TextFormat* format = nullptr;
  const Schema* parts = nullptr;
  size_t num_parts = 0;
  const Parameter* members = nullptr;
  size_t num_members = 0;
};

/// One member of a request or of an object in it. null counts as absent.
struct Parameter {
  std::string_view name;
  Schema schema = {};
  std::string_view description = {};
  std::string_view otherwise = {};  ///< the default, as JSON; empty: none, or the model's
  bool required = false;
};

/// Validates a value. Errors: kInvalidArgument, and kUnsupported for values known elsewhere; the message
/// begins with the path of the wrong part and a colon.
Status check_value(const Schema& schema, const Json& value, const std::string& path, size_t vocab_size);

/// As JSON Schema; with null where that counts as absent.
Json json_schema(const Schema& schema, bool takes_null);
/// The same of a parameter, with its description and default.
Json json_schema(const Parameter& parameter);

}  // namespace hearth::api
