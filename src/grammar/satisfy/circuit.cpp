#include "grammar/satisfy/circuit.h"

#include <algorithm>

namespace hearth::grammar {

Circuit::Circuit() : nodes_{{Operation::kConstant}, {Operation::kConstant}} {}

FormulaId Circuit::add(Operation operation, std::span<const FormulaId> parts) {
  nodes_.push_back({operation, uint32_t(parts_.size()), uint32_t(parts.size())});
  parts_.insert(parts_.end(), parts.begin(), parts.end());
  return FormulaId(nodes_.size() - 1);
}

FormulaId Circuit::atom(uint32_t index) {
  nodes_.push_back({Operation::kAtom, index, 0});
  return FormulaId(nodes_.size() - 1);
}

FormulaId Circuit::negation(FormulaId formula) {
  if (formula <= kAlways) return formula == kNever ? kAlways : kNever;
  if (nodes_[formula].operation == Operation::kNot) return parts(formula)[0];
  return add(Operation::kNot, {{formula}});
}

FormulaId Circuit::join(Operation operation, std::span<const FormulaId> formulas, FormulaId neutral) {
  std::vector<FormulaId> kept;
  for (const FormulaId formula : formulas) {
    if (formula == neutral) continue;
    if (formula <= kAlways) return formula;
    kept.push_back(formula);
  }
  std::ranges::sort(kept);
  kept.erase(std::ranges::unique(kept).begin(), kept.end());
  if (kept.empty()) return neutral;
  return kept.size() == 1 ? kept[0] : add(operation, kept);
}

FormulaId Circuit::all(std::span<const FormulaId> formulas) {
  return join(Operation::kAnd, formulas, kAlways);
}
FormulaId Circuit::any(std::span<const FormulaId> formulas) { return join(Operation::kOr, formulas, kNever); }

FormulaId Circuit::one(std::span<const FormulaId> formulas) {
  std::vector<FormulaId> kept;
  size_t num_true = 0;
  for (const FormulaId formula : formulas) {
    if (formula == kAlways) ++num_true;
    if (formula > kAlways) kept.push_back(formula);
  }
  if (num_true > 1 || (num_true == 0 && kept.empty())) return kNever;
  if (num_true == 1) return negation(any(kept));
  return kept.size() == 1 ? kept[0] : add(Operation::kOne, kept);
}

FormulaId Circuit::implies(FormulaId condition, FormulaId consequence) {
  return any({{negation(condition), consequence}});
}

Truth Circuit::combine(FormulaId id, std::span<const Truth> values) const {
  const auto& [operation, first, count] = nodes_[id];
  if (operation == Operation::kNot) return negated(values[parts_[first]]);
  uint32_t num_yes = 0, num_open = 0;
  for (uint32_t i = first; i < first + count; ++i) {
    num_yes += values[parts_[i]] == Truth::kYes;
    num_open += values[parts_[i]] == Truth::kOpen;
  }
  const uint32_t num_no = count - num_yes - num_open;
  switch (operation) {
    case Operation::kAnd:
      return num_no > 0 ? Truth::kNo : num_open > 0 ? Truth::kOpen : Truth::kYes;
    case Operation::kOr:
      return num_yes > 0 ? Truth::kYes : num_open > 0 ? Truth::kOpen : Truth::kNo;
    default:  // exactly one
      if (num_yes > 1) return Truth::kNo;
      return num_open > 0 ? Truth::kOpen : num_yes == 1 ? Truth::kYes : Truth::kNo;
  }
}

}  // namespace hearth::grammar
