#include "grammar/satisfy/array_theory.h"

#include <algorithm>

namespace hearth::grammar {

uint64_t ArrayTheory::longest() const {
  uint64_t index = facts_.count;
  for (; index < shape_.num_prefix_items && index < most_; ++index)
    if (!satisfier_.item_exists(plan_.shape, uint32_t(index), keep_, {})) return index;
  if (index >= most_) return most_;
  return satisfier_.item_exists(plan_.shape, shape_.num_prefix_items, keep_, {}) ? most_ : index;
}

bool ArrayTheory::can_add_missing(Cube& cube) {
  longest_ = longest();
  if (longest_ < least_) return false;
  uint32_t num_wishes = 0;
  bool is_unique = false;
  std::vector<uint64_t> least(shape_.contains.size(), 0), most(shape_.contains.size(), UINT64_MAX);
  for (const FormulaId formula : tableau_->atoms()) {
    const Atom& atom = shape_.atoms[shape_.circuit.node(formula).first];
    is_unique = is_unique || (atom.type == Atom::Type::kUnique && tableau_->assigned(formula) == Truth::kYes);
    if (atom.type != Atom::Type::kContains) continue;
    ++num_wishes;
    if (tableau_->assigned(formula) == Truth::kYes)
      least[atom.index] = std::max(least[atom.index], atom.bound);
    else
      most[atom.index] = std::min(most[atom.index], atom.bound - 1);
    if (least[atom.index] > most[atom.index]) return false;
    const bool possible = tableau_->assigned(formula) == Truth::kYes
                              ? can_contain(atom.index, atom.bound, cube)
                              : can_avoid(atom.index, atom.bound, cube);
    if (!possible) return false;
  }
  // One item may be wanted to be two things at once, or be a second time what is there.
  if (num_wishes > 1 || (is_unique && (num_wishes > 0 || facts_.count < least_))) satisfier_.doubt();
  return true;
}

bool ArrayTheory::has_room(const ValueWish& wish, uint64_t needed) {
  uint64_t index = facts_.count;
  for (; needed > 0 && index < shape_.num_prefix_items && index < longest_; ++index)
    needed -= satisfier_.item_exists(plan_.shape, uint32_t(index), keep_, wish);
  if (needed == 0) return true;
  return longest_ > index && longest_ - index >= needed &&
         satisfier_.item_exists(plan_.shape, shape_.num_prefix_items, keep_, wish);
}

bool ArrayTheory::want_answer(uint32_t index, bool satisfied, Cube& cube) const {
  if (pending_ == kNoRoute) return false;
  const Route& route = satisfier_.routes()[pending_];
  const auto use = std::ranges::find(route.contains, index, &Route::Use::target);
  if (use == route.contains.end()) return !satisfied;
  if (use->root == Route::kTrueRoot) return satisfied;
  const CubeLiteral literal{use->root, satisfied};
  if (std::ranges::binary_search(cube, CubeLiteral{use->root, !satisfied})) return false;
  const auto place = std::ranges::lower_bound(cube, literal);
  if (place == cube.end() || *place != literal) cube.insert(place, literal);
  return true;
}

bool ArrayTheory::can_contain(uint32_t index, uint64_t bound, Cube& cube) {
  const ValueWish wish{.contains = index, .contains_satisfied = true};
  const uint64_t needed = bound - std::min<uint64_t>(bound, facts_.contains[index]);
  if (has_room(wish, needed)) return true;
  return needed > 0 && has_room(wish, needed - 1) && want_answer(index, true, cube);
}

bool ArrayTheory::can_avoid(uint32_t index, uint64_t bound, Cube& cube) {
  if (facts_.contains[index] + 1 < bound) return true;
  if (pending_ != kNoRoute && !want_answer(index, false, cube)) return false;
  const ValueWish wish{.contains = index, .contains_satisfied = false};
  return least_ <= facts_.count || has_room(wish, least_ - facts_.count);
}

bool ArrayTheory::can_fail(uint32_t rule) { return has_room({.fail = rule}, 1); }

bool ArrayTheory::can_refute(const Atom& atom) {
  switch (atom.type) {
    case Atom::Type::kRule:
      return can_fail(atom.index);
    case Atom::Type::kCount:
      return std::max<uint64_t>(facts_.count, least_) < atom.bound;
    case Atom::Type::kUnique:
      return longest_ > facts_.count || pending_ != kNoRoute;
    default:
      return true;
  }
}

bool ArrayTheory::can_prove(const Atom& atom) {
  switch (atom.type) {
    case Atom::Type::kCount:
      return atom.bound <= longest_;
    case Atom::Type::kContains:
      return has_room({.contains = atom.index, .contains_satisfied = true},
                      atom.bound - std::min<uint64_t>(atom.bound, facts_.contains[atom.index]) -
                          uint64_t(pending_ != kNoRoute));
    default:
      return true;
  }
}

}  // namespace hearth::grammar
