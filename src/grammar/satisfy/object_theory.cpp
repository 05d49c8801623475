#include "grammar/satisfy/object_theory.h"

#include <algorithm>

namespace hearth::grammar {

bool ObjectTheory::is_missing(uint32_t key) const {
  return std::ranges::find(missing_, key) != missing_.end();
}

bool ObjectTheory::is_forbidden(uint32_t key) const {
  return std::ranges::any_of(tableau_->atoms(), [&](FormulaId formula) {
    const Atom& atom = shape_.atoms[shape_.circuit.node(formula).first];
    return atom.type == Atom::Type::kSeen && atom.index == key && tableau_->assigned(formula) == Truth::kNo;
  });
}

bool ObjectTheory::is_free(uint32_t key) const {
  if (has_bit(facts_.seen, key) || is_missing(key)) return false;
  if (satisfier_.is_ordered() && shape_.keys[key].order < facts_.order) return false;
  return !is_forbidden(key);
}

bool ObjectTheory::can_add_missing(Cube&) {
  missing_.clear();
  for (const FormulaId formula : tableau_->atoms()) {
    const Atom& atom = shape_.atoms[shape_.circuit.node(formula).first];
    if (atom.type == Atom::Type::kSeen && tableau_->assigned(formula) == Truth::kYes)
      missing_.push_back(atom.index);
  }
  count_ = facts_.count + missing_.size();
  if (count_ > most_) return false;
  for (const uint32_t key : missing_)
    if (!satisfier_.key_exists(plan_.shape, key, keep_, {})) return false;
  return count_ >= least_ || can_add_any(least_ - count_);
}

bool ObjectTheory::can_add_any(uint64_t needed) {
  if (satisfier_.other_key_exists(plan_.shape, keep_, {})) {
    if (!shape_.names.empty() || shape_.num_patterns > 0) satisfier_.doubt();  // of which there may be few
    return true;
  }
  uint64_t found = 0;
  for (uint32_t key = 0; key < shape_.keys.size() && found < needed; ++key)
    found += is_free(key) && satisfier_.key_exists(plan_.shape, key, keep_, {});
  return found >= needed;
}

bool ObjectTheory::can_fail(uint32_t rule) {
  const ValueWish wish{.fail = rule};
  if (shape_.object_rules[rule]->property_names) return true;
  for (const uint32_t key : missing_)
    if (satisfier_.key_exists(plan_.shape, key, keep_, wish)) return true;
  if (count_ >= most_) return false;
  if (satisfier_.other_key_exists(plan_.shape, keep_, wish)) return true;
  for (uint32_t key = 0; key < shape_.keys.size(); ++key)
    if (is_free(key) && satisfier_.key_exists(plan_.shape, key, keep_, wish)) return true;
  return false;
}

bool ObjectTheory::can_refute(const Atom& atom) {
  switch (atom.type) {
    case Atom::Type::kRule:
      return can_fail(atom.index);
    case Atom::Type::kCount:
      return std::max(count_, least_) < atom.bound;
    default:
      return true;
  }
}

bool ObjectTheory::can_prove(const Atom& atom) {
  switch (atom.type) {
    case Atom::Type::kSeen:
      return is_free(atom.index) && count_ < most_ &&
             satisfier_.key_exists(plan_.shape, atom.index, keep_, {});
    case Atom::Type::kCount:
      return atom.bound <= most_ && can_add_any(atom.bound - std::min(atom.bound, count_));
    default:
      return true;
  }
}

}  // namespace hearth::grammar
