#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/satisfy/circuit.h"
#include "grammar/satisfy/number_product.h"
#include "grammar/satisfy/text_product.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// A set of schemas asked of one value, its roots.
using PositionId = uint32_t;
/// A position whose value is known to be of one type.
using ShapeId = uint32_t;

/// Something that a value's schemas assert, as small as possible, so that a value while it is read makes it
/// true or false once and for all.
struct Atom {
  enum class Type : uint8_t {
    kRule,         ///< every key and item holds what rule `index` asks of it
    kSeen,         ///< key `index` is there
    kCount,        ///< at least `bound` keys or items
    kContains,     ///< at least `bound` items satisfy `contains` number `index`
    kUnique,       ///< no two items are equal
    kUnevaluated,  ///< every key or item satisfies unevaluated rule `index`, or something else has evaluated
                   ///< it
    kLanguage,     ///< the text, or the number, is of language `index`
    kLength,       ///< at least `bound` code points
  };
  Type type;
  uint32_t index = 0;
  uint64_t bound = 0;

  auto operator<=>(const Atom&) const = default;
};

/// What a rule says of the keys or items that no other keyword has evaluated.
struct UnevaluatedRule {
  SchemaId schema;
  /// Keywords that evaluate, and under which condition: those of rule `rule`, or everything.
  struct Cover {
    enum class Extent : uint8_t { kRule, kContains, kAll };
    Extent extent;
    uint32_t index;  ///< of a rule, or of a `contains`
    FormulaId condition;
  };
  std::vector<Cover> covers;
};

/// A key that some schema names.
struct ShapeKey {
  static constexpr uint32_t kUnlisted = UINT32_MAX;

  std::string_view text;
  uint32_t order = kUnlisted;                          ///< among `properties`
  std::vector<std::pair<uint32_t, SchemaId>> schemas;  ///< rule, what it asks of the value
};

struct ShapePattern {
  uint32_t language;  ///< of `text`
  uint32_t rule;
  SchemaId schema;
};

/// What the schemas of a position say of values of one type: formulas over atoms, one for each root.
struct Shape {
  PositionId position = 0;
  JsonType type = kNull;
  Circuit circuit;
  std::vector<FormulaId> roots;
  std::vector<Atom> atoms;               ///< by index in the circuit
  std::vector<FormulaId> atom_formulas;  ///< the same atoms' formulas
  bool is_monotone = true;               ///< no formula gets true by a value that fails
  bool judges_others = false;            ///< the values of unlisted keys can fail a rule, or not
  bool counts_others = false;            ///< how many keys there are matters

  // Strings, and the keys of objects: the patterns first, then what their names must be.
  std::unique_ptr<TextProduct> text;
  uint64_t max_length = 0;  ///< where lengths stop to matter
  // Numbers
  std::unique_ptr<NumberProduct> numbers;

  // Objects and arrays
  std::vector<const ObjectRule*> object_rules;
  std::vector<const ArrayRule*> array_rules;
  std::vector<UnevaluatedRule> unevaluated;
  uint64_t max_count = 0;      ///< where counts stop to matter
  std::vector<ShapeKey> keys;  ///< sorted by text
  std::vector<ShapePattern> patterns;
  uint32_t num_patterns = 0;                         ///< languages of `text` that are patterns
  uint32_t num_listed = 0;                           ///< keys with an order
  std::vector<std::pair<uint32_t, SchemaId>> names;  ///< rule, what it asks of names
  uint32_t num_prefix_items = 0;
  std::vector<std::pair<uint32_t, uint64_t>> contains;  ///< array rule; where its count stops to matter

  size_t num_rules() const { return object_rules.size() + array_rules.size(); }
  /// Bits of Facts::failed: the rules', then the unevaluated rules'.
  size_t num_failures() const { return num_rules() + unevaluated.size(); }
  size_t memory_size() const;
};

}  // namespace hearth::grammar
