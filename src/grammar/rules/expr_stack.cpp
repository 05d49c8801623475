#include "grammar/rules/expr_stack.h"

namespace hearth::grammar {

void ExprStack::begin(size_t place) {
  groups_.clear();
  open(place, '\0');
}

void ExprStack::open(size_t place, char bracket) {
  groups_.push_back({.place = place, .bracket = bracket, .choices = {}, .parts = {}});
}

ExprStack::Part ExprStack::close() {
  const Group& group = groups_.back();
  Part whole{.expr = 0, .place = group.place};
  if (group.choices.empty() && group.parts.size() == 1) {
    whole = group.parts[0];
  } else {
    end_choice();
    whole.expr = rules_.alternative(groups_.back().choices);
  }
  groups_.pop_back();
  return whole;
}

void ExprStack::end_choice() {
  Group& group = groups_.back();
  std::vector<RuleSet::ExprId> exprs;
  exprs.reserve(group.parts.size());
  for (const Part& part : group.parts) exprs.push_back(part.expr);
  group.choices.push_back(rules_.sequence(exprs));
  group.parts.clear();
}

}  // namespace hearth::grammar
