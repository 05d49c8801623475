#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// A language of texts, read code point by code point: what a string says, whatever way JSON escapes it.
/// Deterministic. kDeadState: no text of the language goes on so, exactly (not only as far as can be told).
/// TextDfa is immutable and shared; others, whose states are made as they are met, belong to one automaton.
class TextLanguage {
 public:
  virtual ~TextLanguage() = default;

  virtual StateId start() const = 0;
  /// `state` is alive.
  virtual StateId step(StateId state, char32_t code_point) = 0;
  virtual bool accepts(StateId state) const = 0;
  /// Whether every text that goes on from here is of the language.
  virtual bool accepts_all(StateId state) const = 0;
  /// The code points that lead back to this state itself, as in Loop (endless).
  virtual Loop loop(StateId state) const = 0;
  /// Whether one of these code points, both ends included, may come next; yes where that is not known.
  virtual bool may_step(StateId, char32_t /*first*/, char32_t /*last*/) { return true; }
  /// Automaton::walk of texts in UTF-8. Takes from `fuel`.
  virtual bool walk(StateId, TrieWalk&, Fuel&) { return false; }
};

/// Makes a TextLanguage for one automaton.
class TextLanguageMaker {
 public:
  virtual ~TextLanguageMaker() = default;
  virtual std::unique_ptr<TextLanguage> make() const = 0;
};

}  // namespace hearth::grammar
