#pragma once

#include <span>

#include "grammar/satisfy/satisfier.h"

namespace hearth::grammar {

/// Whether what a Tableau assigned to the atoms of an object or array can be brought about by what may still
/// come. Judges what does not hang together by itself, so "no" is right and "yes" may be wrong.
class ContainerTheory {
 public:
  /// `pending`: the route of a value that comes next, its key or item being in the facts; or kNoRoute.
  ContainerTheory(Satisfier& satisfier, const Plan& plan, const Facts& facts, RouteId pending);
  virtual ~ContainerTheory() = default;

  /// `cubes`: what is then wanted of the pending value, one of them.
  bool check(const Tableau& tableau, std::vector<Cube>& cubes);

 protected:
  /// Whether what is missing can be added under the assignment; may want more of the pending value.
  virtual bool can_add_missing(Cube& cube) = 0;
  /// Whether a rule can be failed, or an atom that nothing was assigned be made false or true, by what comes
  /// behind the pending value.
  virtual bool can_fail(uint32_t rule) = 0;
  virtual bool can_refute(const Atom& atom) = 0;
  virtual bool can_prove(const Atom& atom) = 0;

  Satisfier& satisfier_;
  const Plan& plan_;
  const Shape& shape_;
  const Facts& facts_;
  RouteId pending_;
  const Tableau* tableau_ = nullptr;
  Kept keep_;
  uint64_t least_ = 0, most_ = UINT64_MAX;

 private:
  void read_assignment();
  /// Whether it hangs on what else may come that all is evaluated.
  bool asks_unevaluated() const;
  /// What the formulas are where what was assigned comes about.
  void evaluate_assigned();
  bool fail_rules(Cube& cube);
  bool refute_deferred(Cube& cube);
  bool refutable(FormulaId formula, bool refute, uint32_t depth);
  void collect_rules(FormulaId formula, std::vector<uint32_t>& rules) const;
  /// Makes the pending value fail one of the rules; with several ways, nothing is asked of it.
  bool fail_by_pending(std::span<const uint32_t> rules, Cube& cube);

  std::vector<uint32_t> to_fail_;
  std::vector<Truth> values_;
};

}  // namespace hearth::grammar
