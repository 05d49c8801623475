#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace hearth {

/// General_Category, in the order of the generated tables.
enum class Category : uint8_t {
  kCn,
  kCc,
  kCf,
  kCo,
  kCs,
  kLl,
  kLm,
  kLo,
  kLt,
  kLu,
  kMc,
  kMe,
  kMn,
  kNd,
  kNl,
  kNo,
  kPc,
  kPd,
  kPe,
  kPf,
  kPi,
  kPo,
  kPs,
  kSc,
  kSk,
  kSm,
  kSo,
  kZl,
  kZp,
  kZs,
};

/// What \w holds beyond letters, marks, decimal digits, letter numbers (Nl) and connectors (Pc): superscripts
/// and fractions of Latin-1 as Oniguruma has them, circled and squared letters.
inline constexpr std::pair<uint32_t, uint32_t> kOtherWordRanges[] = {
    {0xb2, 0xb3},       {0xb9, 0xb9},       {0xbc, 0xbe},       {0x24b6, 0x24e9},
    {0x1f130, 0x1f149}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189},
};

/// What the tables say of a code point; of Unicode 16.0, the version that `tokenizers` 0.23 splits by.
struct UnicodeProperties {
  uint8_t bits;

  Category category() const { return Category(bits & 31); }
  bool is_white_space() const { return bits & 32; }
  /// Has a combining class, or may change under NFC, alone or with what precedes it.
  bool needs_nfc() const { return bits & 64; }
  bool is_han() const { return bits & 128; }
};

/// Category Cn for values above U+10FFFF.
UnicodeProperties unicode_properties(uint32_t code_point);

/// Canonical_Combining_Class.
uint8_t combining_class(uint32_t code_point);

/// One level of a canonical decomposition; `second` is 0 for a singleton. Hangul syllables are not in the
/// table.
struct Decomposition {
  uint32_t code_point, first, second;
};
const Decomposition* find_decomposition(uint32_t code_point);

/// The full compatibility decomposition (NFKD) of a code point that has one of its own; else empty.
std::span<const uint32_t> find_compatibility(uint32_t code_point);

/// The primary composite of a pair, 0 if there is none. Hangul is not in the table.
uint32_t find_composition(uint32_t first, uint32_t second);

}  // namespace hearth
