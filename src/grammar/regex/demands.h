#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "grammar/regex/alphabet.h"
#include "grammar/regex/regex_program.h"

namespace hearth::grammar {

/// How far a condition has been read: which, and the state of its language.
struct Demand {
  uint32_t condition;
  StateId state;

  auto operator<=>(const Demand&) const = default;
};

/// Sets of demands that must all be met, interned; 0 is the empty one. What is met, or can no longer be, is
/// decided at once: only what is open is in a set.
class Demands {
 public:
  static constexpr uint32_t kNone = 0;
  static constexpr uint32_t kImpossible = UINT32_MAX;

  /// The alphabet tells apart what those of the conditions do.
  Demands(std::span<const Condition> conditions, const Alphabet& alphabet);

  /// `set` and one more condition, of which nothing has been read.
  uint32_t with(uint32_t set, uint32_t condition);
  uint32_t joined(uint32_t a, uint32_t b);
  /// Behind one code point of the class.
  uint32_t step(uint32_t set, uint32_t class_id);

  /// Whether all are met where the text ends.
  bool met_at_end(uint32_t set) const;
  bool includes(uint32_t set, uint32_t part) const;
  size_t size(uint32_t set) const { return sets_[set].size(); }

 private:
  enum class Verdict : uint8_t { kOpen, kMet, kFailed };

  Verdict verdict_of(uint32_t condition, StateId state) const;
  uint32_t intern(std::vector<Demand> demands);

  std::span<const Condition> conditions_;
  std::vector<std::vector<uint32_t>> classes_;  ///< [condition][class]: the language's own class
  std::vector<std::vector<Demand>> sets_;
  std::unordered_map<std::u32string, uint32_t> ids_;
  std::unordered_map<uint64_t, uint32_t> steps_;
};

}  // namespace hearth::grammar
