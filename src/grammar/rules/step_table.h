#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "grammar/automaton.h"

namespace hearth::grammar {

/// What is known of the steps of an automaton: of each state, rows of 16 bytes as they are met.
class StepTable {
 public:
  static constexpr StateId kUnknown = UINT32_MAX;

  StateId find(StateId state, uint8_t byte) const {
    if (state >= rows_.size()) return kUnknown;
    return cells_[rows_[state][byte >> 4]][byte & 15];
  }

  void set(StateId state, uint8_t byte, StateId target) {
    if (state >= rows_.size()) rows_.resize(state + 1 + state / 2);
    uint32_t& row = rows_[state][byte >> 4];
    if (row == kNoRow) {
      row = uint32_t(cells_.size());
      cells_.push_back(cells_[kNoRow]);
    }
    cells_[row][byte & 15] = target;
  }

  size_t memory_size() const {
    return rows_.capacity() * sizeof(rows_[0]) + cells_.capacity() * sizeof(cells_[0]);
  }

 private:
  using Row = std::array<StateId, 16>;
  static constexpr uint32_t kNoRow = 0;

  static Row unknown_row() {
    Row row;
    row.fill(kUnknown);
    return row;
  }

  std::vector<std::array<uint32_t, 16>> rows_;
  std::vector<Row> cells_ = {unknown_row()};
};

}  // namespace hearth::grammar
