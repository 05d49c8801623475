#include "grammar/satisfy/tableau.h"

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxDepth = 300;  // of choices within choices: each takes a frame of the stack

}  // namespace

Tableau::Tableau(const Circuit& circuit, std::span<const Truth> values, bool defers, uint32_t max_branches,
                 Fuel& fuel, std::span<const Obligation> obligations)
    : circuit_(&circuit),
      values_(values),
      obligations_(obligations),
      defers_(defers),
      branches_left_(max_branches),
      fuel_(&fuel),
      assignment_(circuit.size(), Truth::kOpen) {}

bool Tableau::search(std::vector<Literal> goals, FunctionRef<bool()> found) {
  found_ = &found;
  const bool result = expand(std::move(goals));
  undo(0, 0);
  return result;
}

void Tableau::undo(size_t trail_size, size_t deferred_size) {
  for (; trail_.size() > trail_size; trail_.pop_back()) assignment_[trail_.back()] = Truth::kOpen;
  deferred_.resize(deferred_size);
}

bool Tableau::expand(std::vector<Literal> goals) {
  const size_t trail_size = trail_.size(), deferred_size = deferred_.size();
  Literal choice{};
  bool result = false;
  switch (settle(goals, choice)) {
    case Outcome::kDone:
      result = (*found_)();
      break;
    case Outcome::kBranch:
      result = branch(goals, choice);
      break;
    case Outcome::kConflict:
      break;
  }
  undo(trail_size, deferred_size);
  return result;
}

Tableau::Outcome Tableau::settle(std::vector<Literal>& goals, Literal& choice) {
  std::vector<Literal> choices;
  while (!goals.empty()) {
    const Literal goal = goals.back();
    goals.pop_back();
    const Outcome outcome = settle_one(goal, goals);
    if (outcome == Outcome::kConflict) return outcome;
    if (outcome == Outcome::kBranch) choices.push_back(goal);
  }
  if (choices.empty()) return Outcome::kDone;
  choice = choices.back();
  choices.pop_back();
  goals = std::move(choices);
  return Outcome::kBranch;
}

Tableau::Outcome Tableau::settle_one(Literal goal, std::vector<Literal>& goals) {
  const auto [formula, positive] = goal;
  if (const Obligation* const obligation = obligation_of(formula))
    return settle_obligation(*obligation, goals);
  if (values_[formula] != Truth::kOpen)
    return (values_[formula] == Truth::kYes) == positive ? Outcome::kDone : Outcome::kConflict;
  const std::span<const FormulaId> parts = circuit_->parts(formula);
  using Operation = Circuit::Operation;
  const Operation operation = circuit_->node(formula).operation;
  if (operation == Operation::kAtom) {
    const Truth wanted = positive ? Truth::kYes : Truth::kNo;
    if (assignment_[formula] == Truth::kOpen) {
      assignment_[formula] = wanted;
      trail_.push_back(formula);
      if (positive) add_obligations(formula, goals);
    }
    return assignment_[formula] == wanted ? Outcome::kDone : Outcome::kConflict;
  }
  if (operation == Operation::kNot) {
    goals.push_back({parts[0], !positive});
    return Outcome::kDone;
  }
  if ((operation == Operation::kAnd && positive) || (operation == Operation::kOr && !positive)) {
    for (const FormulaId part : parts) goals.push_back({part, positive});
    return Outcome::kDone;
  }
  const bool refutes = !positive;  // a conjunction, or exactly one
  if (refutes && defers_) {
    deferred_.push_back(formula);
    return Outcome::kDone;
  }
  return Outcome::kBranch;
}

void Tableau::add_obligations(FormulaId atom, std::vector<Literal>& goals) const {
  for (size_t i = 0; i < obligations_.size(); ++i)
    if (obligations_[i].atom == atom) goals.push_back({FormulaId(assignment_.size() + i), true});
}

Tableau::Outcome Tableau::settle_obligation(const Obligation& obligation, std::vector<Literal>& goals) const {
  FormulaId open = kNever;
  uint32_t num_open = 0;
  for (const FormulaId formula : obligation.any_of) {
    if (values_[formula] == Truth::kYes) return Outcome::kDone;
    if (values_[formula] == Truth::kNo) continue;
    open = formula;
    ++num_open;
  }
  if (num_open == 0) return Outcome::kConflict;
  if (num_open > 1) return Outcome::kBranch;
  goals.push_back({open, true});
  return Outcome::kDone;
}

bool Tableau::try_with(const std::vector<Literal>& goals, std::span<const Literal> more) {
  // Goals that are copied and settled.
  if (branches_left_ == 0 || depth_ >= kMaxDepth || !fuel_->take(1 + (goals.size() + more.size()) / 4)) {
    gave_up_ = true;
    return true;
  }
  --branches_left_;
  std::vector<Literal> next = goals;
  next.insert(next.end(), more.begin(), more.end());
  ++depth_;
  const bool result = expand(std::move(next));
  --depth_;
  return result;
}

bool Tableau::branch(const std::vector<Literal>& goals, Literal choice) {
  std::vector<FormulaId> open;
  uint32_t num_yes = 0;
  const Obligation* const obligation = obligation_of(choice.formula);
  const std::span<const FormulaId> parts =
      obligation == nullptr ? circuit_->parts(choice.formula) : std::span(obligation->any_of);
  for (const FormulaId part : parts) {
    if (values_[part] == Truth::kOpen) open.push_back(part);
    num_yes += values_[part] == Truth::kYes;
  }
  if (obligation != nullptr || circuit_->node(choice.formula).operation != Circuit::Operation::kOne) {
    for (const FormulaId part : open)
      if (try_with(goals, {{{part, choice.positive}}})) return true;
    return false;
  }
  std::vector<Literal> literals;
  for (const FormulaId part : open) literals.push_back({part, false});
  if (choice.positive == (num_yes == 1) && try_with(goals, literals)) return true;
  if (choice.positive) {
    if (num_yes == 1) return false;
    for (Literal& literal : literals) {
      literal.positive = true;
      if (try_with(goals, literals)) return true;
      literal.positive = false;
    }
    return false;
  }
  for (size_t i = 0; i < open.size(); ++i) {  // another beside the one that holds, or any two
    const Literal first{open[i], true};
    if (num_yes == 1 && try_with(goals, {{first}})) return true;
    for (size_t j = i + 1; num_yes == 0 && j < open.size(); ++j)
      if (try_with(goals, {{first, {open[j], true}}})) return true;
  }
  return false;
}

}  // namespace hearth::grammar
