#pragma once

#include <random>
#include <string>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/mask/token_table.h"

namespace hearth::grammar::testing {

/// Tokens by id: all bytes, pieces of JSON and of texts of many scripts cut anywhere, blanks, doubles, some
/// without text, three control tokens; `end_id` is the first of these.
struct ToyVocabulary {
  std::vector<std::string> bytes;
  TokenId end_id = 0;
  TokenTablePtr table;
};

ToyVocabulary toy_vocabulary(size_t num_tokens, uint32_t seed);

/// The mask of a state by each token tried byte by byte, without the ends of the turn.
std::vector<uint64_t> brute_force_mask(Automaton& automaton, StateId state, const TokenTable& tokens);

}  // namespace hearth::grammar::testing
