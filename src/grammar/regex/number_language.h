#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/automaton.h"
#include "grammar/limits.h"
#include "grammar/regex/dfa_table.h"

namespace hearth::grammar {

/// Bounds as JSON writes them ("1e-3", "0.10"): exact decimals, never floats.
struct NumberBounds {
  bool integer = false;   ///< without a fraction other than zeros
  bool no_point = false;  ///< nor with one: what draft 4 calls an integer
  std::optional<std::string> minimum = {}, maximum = {}, exclusive_minimum = {}, exclusive_maximum = {},
                             multiple_of = {};
};

/// The numbers that satisfy bounds, as JSON texts without an exponent, read byte by byte. Exact on those;
/// texts with an exponent are not of it. -0 counts as 0. A minimal automaton without dead ends: kDeadState
/// exactly where nothing can be completed. Immutable, shared by threads.
class NumberLanguage {
 public:
  /// Errors: kInvalidArgument for what is no number, or a multiple_of that is not above 0;
  /// kResourceLimit where the automaton would be too large, naming the bound.
  static Result<NumberLanguage> create(const NumberBounds& bounds, const Limits& limits);
  /// Of many that share `fuel`.
  static Result<NumberLanguage> create(const NumberBounds& bounds, const Limits& limits, Fuel& fuel);
  /// The numbers equal to one value: 1 is 1.0 and 1.000.
  static Result<NumberLanguage> equal_to(const std::string& value, const Limits& limits);
  /// The numbers equal to one of some values. Of many, the automaton is not minimal. Error:
  /// kResourceLimit for more than Limits::max_nodes digits.
  static Result<NumberLanguage> one_of(std::span<const std::string> values, const Limits& limits);

  StateId start() const { return start_; }
  StateId step(StateId state, uint8_t byte) const {
    const uint32_t symbol = symbol_of(byte);
    return symbol == kNumSymbols ? kDeadState : next_[state][symbol];
  }
  bool accepts(StateId state) const { return accepting_[state]; }

  /// No number is of it.
  bool empty() const { return start_ == kDeadState; }
  /// The bytes that numbers are written in, for searches through products.
  static constexpr std::array<uint8_t, 12> kBytes{'-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};
  /// How many bytes are missing at least until a text from here (alive) is accepted.
  uint32_t least_rest(StateId state) const { return least_rest_[state]; }
  /// States are 0 (kDeadState) to num_states() - 1.
  uint32_t num_states() const { return uint32_t(next_.size()); }
  size_t memory_size() const;

 private:
  explicit NumberLanguage(const DfaTable& table);

  static constexpr uint32_t kNumSymbols = 12;
  static uint32_t symbol_of(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0' + 2u;
    return byte == '-' ? 0 : byte == '.' ? 1 : kNumSymbols;
  }

  StateId start_ = kDeadState;
  std::vector<std::array<StateId, kNumSymbols>> next_;
  std::vector<bool> accepting_;
  std::vector<uint32_t> least_rest_;
};

}  // namespace hearth::grammar
