#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grammar/regex/number_language.h"
#include "grammar/regex/text_dfa.h"
#include "grammar/schema/boxed.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

/// One schema of a SchemaProgram.
using SchemaId = uint32_t;
inline constexpr SchemaId kTrueSchema = 0;   ///< takes everything
inline constexpr SchemaId kFalseSchema = 1;  ///< takes nothing

/// The types of JSON values, a bit each; an integer is a number. The booleans are two, so that `const` needs
/// no rule for them.
enum JsonType : uint8_t {
  kNull = 1,
  kFalse = 2,
  kNumber = 4,
  kString = 8,
  kArray = 16,
  kObject = 32,
  kTrue = 64,
  kBoolean = kFalse | kTrue,
  kAnyType = 127,
};

/// What a schema says of numbers. Numbers alone are asked.
struct NumberRule {
  std::shared_ptr<const NumberLanguage> language;
  /// What the language says, for who reads numbers that are written in other ways.
  NumberBounds bounds;
  std::vector<std::string> equal_to;  ///< where there are any, it is one of these
};

/// What it says of strings: lengths in code points, and languages that must all take the text.
struct StringRule {
  uint64_t min_length = 0, max_length = UINT64_MAX;
  std::vector<TextDfaPtr> languages;
  /// A language whose states are made as they are met (quotes): one for each automaton.
  std::vector<std::shared_ptr<const TextLanguageMaker>> makers;
};

struct ArrayRule {
  std::vector<SchemaId> prefix_items;
  SchemaId items = kTrueSchema;  ///< of those behind prefix_items
  bool has_items = false;        ///< the keyword is there: such items count as evaluated
  uint64_t min_items = 0, max_items = UINT64_MAX;
  bool unique = false;
  std::optional<SchemaId> contains;
  uint64_t min_contains = 1, max_contains = UINT64_MAX;
  std::optional<SchemaId> unevaluated_items;
};

struct ObjectRule {
  std::vector<std::pair<std::string, SchemaId>> properties;  ///< in the schema's order; keys in UTF-8
  std::vector<std::pair<TextDfaPtr, SchemaId>> pattern_properties;
  SchemaId additional = kTrueSchema;  ///< of keys that are neither
  bool has_additional = false;        ///< the keyword is there: such keys count as evaluated
  std::optional<SchemaId> property_names;
  std::vector<std::string> required;
  uint64_t min_properties = 0, max_properties = UINT64_MAX;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  std::vector<std::pair<std::string, SchemaId>> dependent_schemas;
  std::optional<SchemaId> unevaluated_properties;
};

/// One schema, its references resolved. A value satisfies it where it is of one of the types, satisfies the
/// rules for its own type, and the schemas that are applied to the same value.
struct SchemaNode {
  uint8_t types = kAnyType;  ///< of JsonType
  Boxed<NumberRule> number;
  Boxed<StringRule> string;
  Boxed<ArrayRule> array;
  Boxed<ObjectRule> object;
  std::vector<SchemaId> all_of;               ///< $ref and $dynamicRef are here too
  std::vector<std::vector<SchemaId>> any_of;  ///< of each list, one must hold; enum and const are such lists
  std::vector<std::vector<SchemaId>> one_of;  ///< of each list, exactly one
  std::optional<SchemaId> not_schema;
  std::optional<SchemaId> if_schema, then_schema, else_schema;
  /// Where in the document it stands, a JSON pointer: for errors that it causes later.
  std::string pointer;
};

/// A JSON Schema, read: what the automaton runs. Immutable; references among schemas may go in circles,
/// except through schemas that are applied to the same value.
struct SchemaProgram {
  std::vector<SchemaNode> schemas;
  SchemaId root = kTrueSchema;
  /// What was tightened or ignored, a line each, with keyword and pointer.
  std::vector<std::string> warnings;
};

/// How JSON is written where the schema leaves that open.
struct JsonForm {
  enum class Order : uint8_t {
    kSchema,  ///< listed properties come in the schema's order, others behind them
    kAny,
  };
  enum class Whitespace : uint8_t {
    kCompact,  ///< none
    kSpaced,   ///< one space behind , and :, as Python's json.dumps writes
    /// As printers write: behind a colon a space or none; behind , and brackets, and before those that close,
    /// at most one line break and then at most `max_indent` blanks; none before , and :.
    kFlexible,
    kAny,  ///< whatever JSON takes
  };
  enum class Escapes : uint8_t {
    kNeeded,  ///< of quotes, backslashes and control characters alone
    kAny,     ///< of any character
  };
  Order order = Order::kSchema;
  Whitespace whitespace = Whitespace::kFlexible;
  uint32_t max_indent = 64;
  Escapes escapes = Escapes::kAny;
  bool plain_integers = false;  ///< a number that must be whole has no point; else it may go on as 1.000...
};

}  // namespace hearth::grammar
