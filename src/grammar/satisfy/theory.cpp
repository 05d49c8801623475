#include "grammar/satisfy/theory.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxDepth = 200;  // of formulas

}  // namespace

ContainerTheory::ContainerTheory(Satisfier& satisfier, const Plan& plan, const Facts& facts, RouteId pending)
    : satisfier_(satisfier),
      plan_(plan),
      shape_(satisfier.shape(plan.shape)),
      facts_(facts),
      pending_(pending) {
  evaluate(shape_, facts, satisfier.routes().covers(), false, satisfier.is_ordered(), values_);
}

bool ContainerTheory::check(const Tableau& tableau, std::vector<Cube>& cubes) {
  tableau_ = &tableau;
  read_assignment();
  if (least_ > most_ || facts_.count > most_) return false;
  cubes.assign(1, {});
  if (pending_ != kNoRoute) cubes = satisfier_.want_kept(shape_, satisfier_.routes()[pending_], keep_);
  std::erase_if(cubes, [&](Cube& cube) {
    return !can_add_missing(cube) || !fail_rules(cube) || !refute_deferred(cube);
  });
  if (asks_unevaluated()) satisfier_.doubt();
  return !cubes.empty();
}

bool ContainerTheory::asks_unevaluated() const {
  return std::ranges::any_of(tableau_->atoms(), [&](FormulaId formula) {
    return shape_.atoms[shape_.circuit.node(formula).first].type == Atom::Type::kUnevaluated;
  });
}

void ContainerTheory::read_assignment() {
  keep_.rules = make_bits(shape_.num_failures());
  to_fail_.clear();
  least_ = 0;
  most_ = UINT64_MAX;
  for (const FormulaId formula : tableau_->atoms()) {
    const Atom& atom = shape_.atoms[shape_.circuit.node(formula).first];
    const bool yes = tableau_->assigned(formula) == Truth::kYes;
    if (atom.type == Atom::Type::kCount) {
      if (yes)
        least_ = std::max(least_, atom.bound);
      else
        most_ = std::min(most_, atom.bound - 1);
    }
    if (atom.type == Atom::Type::kRule) {
      if (yes)
        set_bit(keep_.rules, atom.index);
      else
        to_fail_.push_back(atom.index);
    }
    if (atom.type == Atom::Type::kUnevaluated && yes)
      set_bit(keep_.rules, uint32_t(shape_.num_rules()) + atom.index);
  }
  keep_.formulas.clear();
  if (!shape_.unevaluated.empty()) evaluate_assigned();
}

void ContainerTheory::evaluate_assigned() {
  const auto of_atom = [&](uint32_t index, std::span<const Truth>) {
    const FormulaId formula = shape_.atom_formulas[index];
    return values_[formula] == Truth::kOpen ? tableau_->assigned(formula) : values_[formula];
  };
  shape_.circuit.evaluate(keep_.formulas, of_atom, tableau_->deferred());
}

bool ContainerTheory::fail_by_pending(std::span<const uint32_t> rules, Cube& cube) {
  if (pending_ == kNoRoute) return false;
  const Route& route = satisfier_.routes()[pending_];
  std::vector<uint32_t> roots;
  for (const uint32_t rule : rules) {
    if (std::ranges::binary_search(route.failed, rule)) return true;
    for (const auto& [root, target] : route.rules) {
      const bool wanted = std::ranges::binary_search(cube, CubeLiteral{root, true});
      if (target == rule && !wanted) roots.push_back(root);
    }
  }
  std::ranges::sort(roots);
  roots.erase(std::ranges::unique(roots).begin(), roots.end());
  if (roots.size() > 1) satisfier_.doubt();
  if (roots.size() != 1) return !roots.empty();
  const CubeLiteral literal{roots[0], false};
  const auto place = std::ranges::lower_bound(cube, literal);
  if (place == cube.end() || *place != literal) cube.insert(place, literal);
  return true;
}

bool ContainerTheory::fail_rules(Cube& cube) {
  return std::ranges::all_of(
      to_fail_, [&](uint32_t rule) { return can_fail(rule) || fail_by_pending({{rule}}, cube); });
}

bool ContainerTheory::refute_deferred(Cube& cube) {
  return std::ranges::all_of(tableau_->deferred(), [&](FormulaId formula) {
    if (refutable(formula, true, 0)) return true;
    std::vector<uint32_t> rules;
    collect_rules(formula, rules);
    return fail_by_pending(rules, cube);
  });
}

void ContainerTheory::collect_rules(FormulaId formula, std::vector<uint32_t>& rules) const {
  std::vector<FormulaId> stack{formula};
  std::vector<bool> met(formula + 1);
  while (!stack.empty()) {
    const FormulaId next = stack.back();
    stack.pop_back();
    if (met[next] || values_[next] != Truth::kOpen) continue;
    met[next] = true;
    const Circuit::Node& node = shape_.circuit.node(next);
    if (node.operation == Circuit::Operation::kAtom) {
      const Atom& atom = shape_.atoms[node.first];
      if (atom.type == Atom::Type::kRule && tableau_->assigned(next) == Truth::kOpen)
        rules.push_back(atom.index);
      continue;
    }
    const auto parts = shape_.circuit.parts(next);
    stack.insert(stack.end(), parts.begin(), parts.end());
  }
}

bool ContainerTheory::refutable(FormulaId formula, bool refute, uint32_t depth) {
  if (values_[formula] != Truth::kOpen) return (values_[formula] == Truth::kNo) == refute;
  if (depth > kMaxDepth || !satisfier_.spend(1)) return true;
  const Circuit::Node& node = shape_.circuit.node(formula);
  const auto parts = shape_.circuit.parts(formula);
  const auto can = [&](FormulaId part) { return refutable(part, refute, depth + 1); };
  switch (node.operation) {
    case Circuit::Operation::kNot:
      return refutable(parts[0], !refute, depth + 1);
    case Circuit::Operation::kAnd:
      return refute ? std::ranges::any_of(parts, can) : std::ranges::all_of(parts, can);
    case Circuit::Operation::kOr:
      return refute ? std::ranges::all_of(parts, can) : std::ranges::any_of(parts, can);
    case Circuit::Operation::kAtom: {
      const Truth assigned = tableau_->assigned(formula);
      if (assigned != Truth::kOpen) return (assigned == Truth::kNo) == refute;
      const Atom& atom = shape_.atoms[node.first];
      return refute ? can_refute(atom) : can_prove(atom);
    }
    default:
      return true;
  }
}

}  // namespace hearth::grammar
