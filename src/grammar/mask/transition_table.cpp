#include "grammar/mask/transition_table.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::grammar {

TransitionTable::Row& TransitionTable::make_row(StateId state) {
  CHECK(state != kDeadState && state != kUnknown);
  if (state >= rows_.size()) rows_.resize(std::max(size_t(state) + 1, rows_.size() * 2));
  if (num_rows_ % kBlockRows == 0) blocks_.push_back(std::make_unique_for_overwrite<Block>());
  Row& row = (*blocks_.back())[num_rows_ % kBlockRows];
  ++num_rows_;
  row.to.fill(kUnknown);
  row.state = state;
  rows_[state] = &row;
  return row;
}

StateId TransitionTable::compute(Row& row, uint8_t byte) {
  if (automaton_->fuel().exhausted) return kDeadState;
  const StateId to = automaton_->step(row.state, byte);
  if (automaton_->fuel().exhausted) return kDeadState;
  row.to[byte] = to;
  return to;
}

void TransitionTable::clear() {
  blocks_.clear();
  rows_.clear();
  num_rows_ = 0;
}

}  // namespace hearth::grammar
