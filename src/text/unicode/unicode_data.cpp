#include "text/unicode/unicode_data.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hearth {
namespace {

struct CombiningRange {
  uint32_t first, last;
  uint8_t combining_class;
};

struct CompatibilityEntry {
  uint32_t code_point;
  uint16_t begin, size;
};

#include "text/unicode/compatibility_tables.inc"
#include "text/unicode/unicode_tables.inc"

constexpr uint32_t kBlockBits = 7;

}  // namespace

UnicodeProperties unicode_properties(uint32_t code_point) {
  if (code_point > 0x10ffff) return {0};
  const uint32_t block = kBlockIndex[code_point >> kBlockBits];
  return {kProperties[block << kBlockBits | (code_point & ((1u << kBlockBits) - 1))]};
}

uint8_t combining_class(uint32_t code_point) {
  const CombiningRange* range =
      std::ranges::lower_bound(kCombiningClasses, code_point, {}, &CombiningRange::last);
  return range != std::end(kCombiningClasses) && range->first <= code_point ? range->combining_class : 0;
}

const Decomposition* find_decomposition(uint32_t code_point) {
  const Decomposition* entry =
      std::ranges::lower_bound(kDecompositions, code_point, {}, &Decomposition::code_point);
  return entry != std::end(kDecompositions) && entry->code_point == code_point ? entry : nullptr;
}

std::span<const uint32_t> find_compatibility(uint32_t code_point) {
  const CompatibilityEntry* entry =
      std::ranges::lower_bound(kCompatibility, code_point, {}, &CompatibilityEntry::code_point);
  if (entry == std::end(kCompatibility) || entry->code_point != code_point) return {};
  return std::span(kCompatibilityPool).subspan(entry->begin, entry->size);
}

uint32_t find_composition(uint32_t first, uint32_t second) {
  const auto pair_of = [](uint16_t index) {
    return std::pair(kDecompositions[index].first, kDecompositions[index].second);
  };
  const uint16_t* entry = std::ranges::lower_bound(kCompositions, std::pair(first, second), {}, pair_of);
  if (entry == std::end(kCompositions) || pair_of(*entry) != std::pair(first, second)) return 0;
  return kDecompositions[*entry].code_point;
}

}  // namespace hearth
