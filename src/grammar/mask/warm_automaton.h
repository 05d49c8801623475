#pragma once

#include <memory>
#include <span>
#include <unordered_map>

#include "grammar/grammar.h"
#include "grammar/mask/mask_builder.h"
#include "grammar/mask/mask_cache.h"
#include "grammar/mask/token_table.h"
#include "grammar/mask/transition_table.h"

namespace hearth::grammar {

/// An automaton with what is known of it: steps and masks. Serves one text after another; the more it has
/// served, the quicker it answers. Used by one thread at a time.
class WarmAutomaton {
 public:
  WarmAutomaton(std::unique_ptr<Automaton> automaton, TokenTablePtr tokens, const Limits& limits);
  WarmAutomaton(const WarmAutomaton&) = delete;
  WarmAutomaton& operator=(const WarmAutomaton&) = delete;

  /// Gives the fuel of one mask to what is asked next.
  void refuel() { automaton_->fuel() = Fuel{limits_.mask_fuel, false}; }
  /// Whether it did not last: answers since refuel() mean nothing.
  bool is_exhausted() { return automaton_->fuel().exhausted; }

  StateId start() { return automaton_->start(); }
  StateId step(StateId state, uint8_t byte) { return steps_.step(state, byte); }
  StateId step(StateId state, std::string_view bytes);
  bool accepts(StateId state) { return automaton_->accepts(state); }
  /// Writes the tokens that may come by their bytes over the words, which are of the vocabulary.
  void mask(StateId state, std::span<uint64_t> words);

  /// The same of tokens alone behind which at most `most` more can end the text, as far as is known.
  void mask_within(StateId state, uint32_t most, std::span<uint64_t> words);
  /// See ClosingTable.
  ClosingTable& closings() { return closings_; }

  bool is_too_large();
  /// Forgets all states but these, and writes their new ids in place.
  void keep_only(std::span<StateId> states);

  const TokenTable& tokens() const { return *tokens_; }
  size_t memory_size() const;

 private:
  TokenTablePtr tokens_;
  Limits limits_;
  size_t max_size_;
  size_t next_check_ = 0;  ///< of the size, in steps computed
  std::unique_ptr<Automaton> automaton_;
  TransitionTable steps_;
  MaskCache cache_;
  MaskBuilder builder_;
  ClosingTable closings_;
  std::unordered_map<StateId, uint32_t>
      worst_;  ///< the most tokens that any of a state's mask wants behind it
};

}  // namespace hearth::grammar
