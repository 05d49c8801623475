#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// The steps that an automaton has taken, a row of 256 for each state that was stepped from. What is not
/// known yet is asked of the automaton; nothing is kept of what it says without fuel.
class TransitionTable {
 public:
  struct Row {
    std::array<StateId, 256> to;
    StateId state;
    Likeness like;
    const ByteGroups* groups;
  };

  /// Keeps a reference.
  explicit TransitionTable(Automaton& automaton) : automaton_(&automaton) {}

  /// Stays where it is until clear(). `state` is alive.
  Row& row(StateId state) {
    if (state < rows_.size() && rows_[state] != nullptr) [[likely]]
      return *rows_[state];
    return make_row(state);
  }
  StateId step(Row& row, uint8_t byte) {
    const StateId to = row.to[byte];
    return to != kUnknown ? to : compute(row, byte);
  }
  StateId step(StateId state, uint8_t byte) { return step(row(state), byte); }

  /// A state with the same texts alive, whose masks may be known already (Likeness); mostly itself.
  StateId stand_in(StateId state) {
    const StateId known = state < stand_ins_.size() ? stand_ins_[state] : kDeadState;
    if (known == kDeadState) return find_stand_in(state);
    is_short_ = is_short_ || (known & kShort) != 0;
    return known & ~kShort;
  }
  /// Whether something was taken for like that is so for short texts alone, since this was set.
  bool exchange_short(bool value) { return std::exchange(is_short_, value); }
  size_t num_computed() const { return num_computed_; }

  void clear();
  size_t memory_size() const {
    return blocks_.size() * sizeof(Block) + rows_.capacity() * sizeof(Row*) +
           stand_ins_.capacity() * sizeof(StateId);
  }

 private:
  static constexpr StateId kUnknown = UINT32_MAX;
  static constexpr StateId kShort = StateId(1) << 31;
  static constexpr size_t kBlockRows = 32;
  using Block = std::array<Row, kBlockRows>;

  Row& make_row(StateId state);
  /// Writes what the state's loop says into its row.
  void fill_loop(Row& row);
  StateId compute(Row& row, uint8_t byte);
  StateId find_stand_in(StateId state);

  Automaton* automaton_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Row*> rows_;  ///< by state
  size_t num_rows_ = 0;
  std::vector<StateId> stand_ins_;  ///< by state, with kShort; the dead state: not known
  bool is_short_ = false;
  size_t num_computed_ = 0;
};

}  // namespace hearth::grammar
