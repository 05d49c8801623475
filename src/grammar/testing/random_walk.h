#pragma once

#include <string>

#include "grammar/automaton.h"
#include "grammar/testing/random_schemas.h"

namespace hearth::grammar {

/// A text by chance, each byte one that an automaton allows.
struct RandomWalk {
  enum class End : uint8_t {
    kWhole,
    kStuck,  ///< no byte is allowed, and the text is none
    kLong,   ///< bytes, or the fuel, ended before the text did
  };
  std::string text;
  End end = End::kLong;
};

/// Bytes are drawn, those that end something more often; behind `max_size` bytes it goes to an end as
/// straight as it can, for as many bytes again.
RandomWalk random_walk(Automaton& automaton, Random& random, size_t max_size);

}  // namespace hearth::grammar
