#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/automaton.h"
#include "grammar/limits.h"

namespace hearth::grammar {

/// What a text must satisfy, compiled. Immutable, shared by threads.
class Grammar {
 public:
  virtual ~Grammar() = default;
  /// For one text. Cheap: states are made when they are met.
  virtual std::unique_ptr<Automaton> make_automaton() const = 0;
  /// What was tightened or ignored, a line each, naming keyword and place. Empty: exact.
  virtual std::vector<std::string> warnings() const { return {}; }
  virtual size_t memory_size() const = 0;
};

using GrammarPtr = std::shared_ptr<const Grammar>;

}  // namespace hearth::grammar
