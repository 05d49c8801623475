#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "grammar/satisfy/pools.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// Texts and values that must be told apart later: keys that may not come again, items that must be unique.
/// Equal ones have one id: 1 is 1.0, objects have no order, strings no spelling.
class KnownValues {
 public:
  static constexpr uint32_t kEmptyText = 0;
  /// Stands for a text that is equal to no other, where masks need no more (SchemaAutomaton::like).
  static constexpr uint32_t kForgottenText = UINT32_MAX;

  KnownValues() { texts_.intern({}); }

  /// A text and one more code point.
  uint32_t append(uint32_t text, char32_t code_point) {
    return texts_.intern({{text, uint32_t(code_point)}});
  }
  std::vector<char32_t> text(uint32_t id) const;

  /// What a value says, where it is a string and its text is not forgotten.
  std::optional<uint32_t> text_of_string(uint32_t value) const {
    const std::span<const uint32_t> list = values_.at(value);
    const bool is_known = list[0] == kString && list[1] != kForgottenText;
    return is_known ? std::optional(list[1]) : std::nullopt;
  }

  /// Whether a value has those items first, or those members: texts of keys and values in turn.
  bool begins_with(uint32_t value, JsonType type, std::span<const uint32_t> parts) const;
  /// An item by its place, or a member by its key's text.
  std::optional<uint32_t> part(uint32_t value, uint32_t place) const;

  uint32_t literal(JsonType type) { return values_.intern({{uint32_t(type)}}); }
  uint32_t string(uint32_t text) { return values_.intern({{uint32_t(kString), text}}); }
  /// A number as it is written.
  uint32_t number(uint32_t text);
  uint32_t array(std::span<const uint32_t> items);
  /// `members`: texts of keys and values in turn.
  uint32_t object(std::span<const uint32_t> members);

  size_t memory_size() const { return texts_.memory_size() + values_.memory_size(); }

  /// Takes over a text or a value of other pools.
  class Mover;

 private:
  ListPool texts_;   ///< each the text before its last code point, and that code point
  ListPool values_;  ///< type, then what it consists of
};

class KnownValues::Mover {
 public:
  Mover(const KnownValues& from, KnownValues& to) : from_(&from), to_(&to) {}
  uint32_t text(uint32_t id);
  uint32_t value(uint32_t id);

 private:
  const KnownValues* from_;
  KnownValues* to_;
};

}  // namespace hearth::grammar
