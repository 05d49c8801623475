#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/automaton.h"
#include "grammar/limits.h"

namespace hearth::grammar {

/// Bounds as JSON writes them ("1e-3", "0.10"): exact decimals, never floats.
struct NumberBounds {
  bool integer = false;  ///< without a fraction other than zeros
  std::optional<std::string> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
};

/// The numbers that satisfy bounds, as JSON texts without an exponent, read byte by byte. Exact on those;
/// texts with an exponent are not of it (see `plain`). Immutable, shared by threads.
class NumberLanguage {
 public:
  /// Errors: kInvalidArgument for what is no number, or a multiple_of that is not above 0; kUnsupported or
  /// kResourceLimit where the automaton would be too large, naming the bound.
  static Result<NumberLanguage> create(const NumberBounds& bounds, const Limits& limits);
  /// The numbers equal to one value.
  static Result<NumberLanguage> equal_to(const std::string& value, const Limits& limits);

  StateId start() const { return start_; }
  StateId step(StateId state, uint8_t byte) const;
  bool accepts(StateId state) const;

 private:
  StateId start_ = kDeadState;
};

}  // namespace hearth::grammar
