#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/mask/closing_table.h"
#include "grammar/mask/mask_cache.h"
#include "grammar/mask/token_table.h"
#include "grammar/mask/transition_table.h"

namespace hearth::grammar {

/// Finds the tokens that may come in a state, by their bytes. What is known of loops, and masks of states
/// much like the wanted one, spare most of the way through the vocabulary; the answer is what trying each
/// token byte by byte gives, while the fuel lasts. Works for one automaton.
class MaskBuilder {
 public:
  /// Keeps references; `automaton` is what `steps` steps.
  MaskBuilder(const TokenTable& tokens, Automaton& automaton, TransitionTable& steps, MaskCache& cache)
      : tokens_(&tokens),
        automaton_(&automaton),
        steps_(&steps),
        cache_(&cache),
        rows_(tokens.trie().max_depth() + 1),
        base_rows_(rows_.size()),
        alike_(rows_.size()) {}

  /// Forgets states, whose ids others get.
  void clear() { made_.fill(kDeadState); }

  /// Overwrites the words, as many as the vocabulary has. Means nothing where the fuel ended.
  void build(StateId state, std::span<uint64_t> words);
  /// The same of tokens alone behind which at most `most` more can end the text, as far as `closings` knows.
  /// Returns the most that any token of the whole mask wants.
  uint32_t build_within(StateId state, uint32_t most, ClosingTable& closings, std::span<uint64_t> words);

 private:
  using Row = TransitionTable::Row;
  using Words = std::span<uint64_t>;

  /// build(), or out of the cache.
  void get(StateId state, Words words);
  /// build(), but that long texts are right only where no state was taken for another.
  void make(StateId state, Words words);
  /// Of the mask of another state.
  void make_from(Row& row, StateId base, Words words);
  /// Adds the tokens of nodes [first, end), which lie below one whose state is rows_[depth of first - 1].
  void walk(uint32_t first, uint32_t end, Words words);
  /// Adds the tokens of a node and of those below it, to which the automaton did not walk from `state`.
  void add_open(uint32_t node, StateId state, Words words);
  /// Makes the mask of rows_[0] of base_rows_[0]'s.
  void walk_difference(Words words);
  void remove(uint32_t first, uint32_t end, Words words) const;

  void add_loop(StateId state, const Loop& loop, const LoopTokens& tokens, Words words);
  /// Of a loop that leads apart.
  void add_apart(Row& row, const LoopTokens& tokens, Words words);
  /// Of outside_; `is_steady`: what is behind the last count is behind all above.
  void add_exits(uint8_t byte, bool is_steady, const LoopTokens& tokens, Words words);
  /// Adds the rests behind these counts, sorted, and, where `is_open`, behind all above them.
  void add_rests(const LoopTokens::Rests& rests, StateId state, std::span<const uint32_t> counts,
                 bool is_open, Words words);
  void add_exit(const LoopTokens::Exit& exit, StateId state, Words words);

  /// A state whose mask is soon made or known, and differs little; the dead state where none was found.
  StateId find_base(Row& row, const Loop& loop);
  /// How many nodes there are behind what the two do not share, roughly; stops above `most`.
  uint32_t difference(Row& row, Row& base_row, uint32_t most);
  /// Of the states whose masks were made last, the one that is alike the longest.
  StateId find_made(StateId state);

  const TokenTable* tokens_;
  Automaton* automaton_;
  TransitionTable* steps_;
  MaskCache* cache_;
  std::vector<Row*> rows_, base_rows_;     ///< by depth
  std::vector<StateId> behind_, outside_;  ///< by code points inside a loop
  std::vector<uint32_t> alike_;            ///< by depth: up to how many bytes the two rows are alike
  std::array<StateId, 8> made_ = {};
  size_t num_made_ = 0;
  bool makes_base_ = false;  ///< the mask under way is another's base
  std::vector<uint32_t> order_;
  std::vector<uint8_t> chosen_;
};

}  // namespace hearth::grammar
