#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "grammar/automaton.h"

namespace hearth::grammar {

class TextDfa;

/// How far the states of a TextDfa are alike: those of a counted repeat differ by texts alone that are long
/// enough to fill it. Found by rounds of refinement (E. F. Moore, 1956), as many as are cheap.
class AlikeStates {
 public:
  explicit AlikeStates(const TextDfa& language);

  /// Of every text of at most so many code points: behind both states it is alive or behind neither, and
  /// likewise accepted. States are alive. A lower bound; 0 where not even that is known.
  uint32_t depth(StateId a, StateId b) const;
  size_t memory_size() const;

 private:
  static constexpr size_t kMaxDepth = 128;
  static constexpr size_t kMaxWork = 200'000;  ///< edges looked at

  std::vector<std::vector<uint32_t>> blocks_;  ///< [i][state]: equal where alike up to 2^i code points
};

}  // namespace hearth::grammar
