#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "grammar/satisfy/pools.h"
#include "grammar/satisfy/shape.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// What has been read of an object or array, as far as it matters.
struct Facts {
  uint32_t count = 0;              ///< of keys or items, up to where it stops to matter
  uint32_t order = 0;              ///< listed keys before this one can no longer come
  bool repeats = false;            ///< two items are equal
  Bits seen;                       ///< keys of the shape
  Bits failed;                     ///< rules, then unevaluated rules
  std::vector<uint32_t> contains;  ///< by `contains` of the shape: items that satisfy it
  std::vector<uint32_t> others;    ///< what may not come again: texts of unlisted keys, or items; sorted
  /// Keys or items that an unevaluated rule does not take: rule, and a list of covers one of which must hold.
  std::vector<std::pair<uint32_t, uint32_t>> uncertain;
  std::vector<uint32_t> values;  ///< where the value itself must be known: items, or keys and values in turn

  explicit Facts(const Shape& shape);
  /// Those that a list says.
  Facts(const Shape& shape, std::span<const uint32_t> list);
  void write(std::vector<uint32_t>& list) const;

  void add_count(const Shape& shape);
};

/// What each formula of the shape is, by the facts; `ended`: nothing more comes. `covers`: the lists of
/// Facts::uncertain. Where `ordered`, keys come in the order of the schema.
void evaluate(const Shape& shape, const Facts& facts, const ListPool& covers, bool ended, bool ordered,
              std::vector<Truth>& values);

}  // namespace hearth::grammar
