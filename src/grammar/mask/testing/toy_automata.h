#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grammar/grammar.h"

namespace hearth::grammar::testing {

/// One of these byte strings.
GrammarPtr words_grammar(std::vector<std::string> words);

struct JsonRules {
  uint64_t min_length = 0, max_length = UINT64_MAX;  ///< of strings that are values, in code points
  std::vector<std::string> names = {};               ///< keys that are followed by a number
  bool other_names = true;                           ///< keys not among them are followed by any value
  bool is_array = false;                             ///< the text is an array
  bool spaces = true;                                ///< between tokens of JSON
};

/// JSON's values, simplified: integers alone, and no escapes but of single characters.
GrammarPtr json_grammar(JsonRules rules);

/// Wraps a grammar so that each new state takes `units` of fuel and fails when that is gone.
GrammarPtr costly_grammar(GrammarPtr grammar, uint64_t units);

}  // namespace hearth::grammar::testing
