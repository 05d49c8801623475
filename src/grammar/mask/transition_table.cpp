#include "grammar/mask/transition_table.h"

#include <algorithm>

#include "base/check.h"
#include "grammar/control_token.h"
#include "grammar/mask/loop_probe.h"
#include "grammar/mask/utf8_walk.h"

namespace hearth::grammar {

TransitionTable::Row& TransitionTable::make_row(StateId state) {
  CHECK(state != kDeadState && state < kShort);
  if (state >= rows_.size()) rows_.resize(std::max(size_t(state) + 1, rows_.size() * 2));
  if (num_rows_ % kBlockRows == 0) blocks_.push_back(std::make_unique_for_overwrite<Block>());
  Row& row = (*blocks_.back())[num_rows_ % kBlockRows];
  ++num_rows_;
  row.to.fill(kUnknown);
  row.state = state;
  row.like = automaton_->like(state);
  row.groups = automaton_->groups(state);
  rows_[state] = &row;
  fill_loop(row);
  return row;
}

void TransitionTable::fill_loop(Row& row) {
  const Loop loop = automaton_->loop(row.state);
  if (!says_something(loop)) return;
  if (loop.set.has_beyond()) {
    for (size_t byte = 0x80; byte < kControlTokenByte; ++byte) {
      if (!Utf8Walk().step(uint8_t(byte))) row.to[byte] = kDeadState;
    }
  }
  if (loop.set.ascii.none() || loop.leads_apart) return;
  const StateId inside = compute(row, uint8_t(some_code_point(loop)[0]));
  for (size_t byte = 0; byte < 128 && inside != kDeadState; ++byte) {
    if (loop.set.ascii[byte]) row.to[byte] = inside;
  }
}

StateId TransitionTable::compute(Row& row, uint8_t byte) {
  if (automaton_->fuel().exhausted) return kDeadState;
  if (row.like.state != kDeadState && !row.like.is_short && !row.like.differs[byte]) {
    return row.to[byte] = step(row.like.state, byte);
  }
  ++num_computed_;
  const StateId to = automaton_->step(row.state, byte);
  if (automaton_->fuel().exhausted) return kDeadState;
  row.to[byte] = to;
  if (row.groups != nullptr && (*row.groups)[byte] != 0) {
    const uint8_t group = (*row.groups)[byte];
    for (size_t other = 0; other < 256; ++other) {
      if ((*row.groups)[other] == group) row.to[other] = to;
    }
  }
  return to;
}

StateId TransitionTable::find_stand_in(StateId state) {
  StateId found = state;
  bool is_short = false;
  for (Likeness like = automaton_->like(state); like.state != kDeadState && like.differs.none();
       like = automaton_->like(found)) {
    found = like.state;
    is_short = is_short || like.is_short;
  }
  if (state >= stand_ins_.size()) stand_ins_.resize(std::max(size_t(state) + 1, stand_ins_.size() * 2));
  stand_ins_[state] = is_short ? found | kShort : found;
  return stand_in(state);
}

void TransitionTable::clear() {
  stand_ins_.clear();
  blocks_.clear();
  rows_.clear();
  num_rows_ = 0;
}

}  // namespace hearth::grammar
