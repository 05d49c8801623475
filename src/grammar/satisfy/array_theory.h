#pragma once

#include "grammar/satisfy/theory.h"

namespace hearth::grammar {

class ArrayTheory final : public ContainerTheory {
 public:
  using ContainerTheory::ContainerTheory;

 protected:
  bool can_add_missing(Cube& cube) override;
  bool can_fail(uint32_t rule) override;
  bool can_refute(const Atom& atom) override;
  bool can_prove(const Atom& atom) override;

 private:
  /// How many items there can be at most, as kept rules go; the items that there are included.
  uint64_t longest() const;
  bool has_room(const ValueWish& wish, uint64_t needed);
  bool can_contain(uint32_t index, uint64_t bound, Cube& cube);
  bool can_avoid(uint32_t index, uint64_t bound, Cube& cube);
  bool want_answer(uint32_t index, bool satisfied, Cube& cube) const;

  uint64_t longest_ = 0;
};

}  // namespace hearth::grammar
