#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth::grammar {

/// What a grammar of a stranger may cost. Reached while compiling: kResourceLimit, naming the limit.
struct Limits {
  size_t max_source_size = size_t(4) << 20;      ///< bytes of a schema, a regex, a grammar
  size_t max_depth = 256;                        ///< of nested expressions, groups, schemas
  size_t max_nodes = 2'000'000;                  ///< schemas, rules, parts of expressions
  size_t max_dfa_states = 20'000;                ///< of one expression
  uint64_t compile_fuel = 20'000'000;            ///< states and edges looked at, about 50 ns each
  uint64_t mask_fuel = 2'000'000;                ///< new states for one mask
  size_t max_automaton_size = size_t(32) << 20;  ///< bytes; above, states that are not needed are forgotten
  size_t max_documents_size = size_t(64) << 20;  ///< bytes of what quotes are taken from, ids included
};

}  // namespace hearth::grammar
