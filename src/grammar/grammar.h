#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/automaton.h"
#include "grammar/limits.h"
#include "grammar/quote_places.h"

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
  /// The quotes in a finished text of this grammar, of each the first `max_places`.
  virtual std::vector<QuotedString> quotes(std::string_view, size_t /*max_places*/) const { return {}; }
};

using GrammarPtr = std::shared_ptr<const Grammar>;

}  // namespace hearth::grammar
