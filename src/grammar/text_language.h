#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/threads.h"
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
  /// Visits the code points from `first` to `last`, both included, that lead on, until `visit` returns true;
  /// returns whether it did. Nothing where they are not known.
  virtual std::optional<bool> visit_steps(StateId, char32_t /*first*/, char32_t /*last*/,
                                          FunctionRef<bool(char32_t)> /*visit*/) {
    return std::nullopt;
  }
  /// Whether a text of the language goes on from here with at least and at most so many more code points; yes
  /// where that is not known.
  virtual bool may_end_within(StateId, uint64_t /*least*/, uint64_t /*most*/) { return true; }
  /// Automaton::walk of texts in UTF-8. Takes from `fuel`.
  virtual bool walk(StateId, TrieWalk&, Fuel&) { return false; }
};

/// Makes a TextLanguage for one automaton.
class TextLanguageMaker {
 public:
  virtual ~TextLanguageMaker() = default;
  virtual std::unique_ptr<TextLanguage> make() const = 0;
  /// Bytes of what the languages share.
  virtual size_t memory_size() const { return 0; }
};

}  // namespace hearth::grammar
