#include "grammar/rules/rule_set.h"

#include <utility>

namespace hearth::grammar {

RuleSet::ExprId RuleSet::add(Expr expr) {
  exprs_.push_back(expr);
  return ExprId(exprs_.size() - 1);
}

RuleSet::ExprId RuleSet::add_list(Kind kind, std::span<const ExprId> parts) {
  if (parts.size() == 1) return parts[0];
  const uint32_t first = uint32_t(children_.size());
  children_.insert(children_.end(), parts.begin(), parts.end());
  return add({.kind = kind, .first = first, .count = uint32_t(parts.size())});
}

RuleSet::ExprId RuleSet::literal(std::string_view text) {
  if (text.empty()) return empty();
  const uint32_t first = uint32_t(literals_.size());
  literals_ += text;
  return add({.kind = Kind::kLiteral, .first = first, .count = uint32_t(text.size())});
}

RuleSet::ExprId RuleSet::code_points(CodePointSet set) {
  sets_.push_back(std::move(set));
  return add({.kind = Kind::kCodePoints, .first = uint32_t(sets_.size() - 1)});
}

RuleSet::ExprId RuleSet::control(TokenId id) { return add({.kind = Kind::kControl, .first = uint32_t(id)}); }

RuleSet::ExprId RuleSet::control_but(std::vector<TokenId> excluded) {
  token_lists_.push_back(std::move(excluded));
  return add({.kind = Kind::kControlBut, .first = uint32_t(token_lists_.size() - 1)});
}

RuleSet::ExprId RuleSet::sequence(std::span<const ExprId> parts) { return add_list(Kind::kSequence, parts); }

RuleSet::ExprId RuleSet::alternative(std::span<const ExprId> choices) {
  return add_list(Kind::kAlternative, choices);
}

RuleSet::ExprId RuleSet::repeat(ExprId part, uint32_t min, uint32_t max) {
  if (max == 0) return empty();
  if (min == 1 && max == 1) return part;
  return add({.kind = Kind::kRepeat, .first = part, .min = min, .max = max});
}

RuleSet::ExprId RuleSet::rule(RuleId id) { return add({.kind = Kind::kRule, .first = id}); }

RuleSet::ExprId RuleSet::nested(GrammarPtr grammar) {
  grammars_.push_back(std::move(grammar));
  return add({.kind = Kind::kNested, .first = uint32_t(grammars_.size() - 1)});
}

RuleSet::ExprId RuleSet::free_text(std::vector<std::string> excluded) {
  text_lists_.push_back(std::move(excluded));
  return add({.kind = Kind::kFreeText, .first = uint32_t(text_lists_.size() - 1)});
}

RuleSet::ExprId RuleSet::text_until(std::vector<std::string> markers, std::vector<std::string> excluded) {
  if (markers.empty()) return alternative({});
  text_lists_.push_back(std::move(markers));
  text_lists_.push_back(std::move(excluded));
  return add({.kind = Kind::kTextUntil, .first = uint32_t(text_lists_.size() - 2)});
}

RuleSet::RuleId RuleSet::declare(std::string name) {
  rules_.push_back({.name = std::move(name)});
  return RuleId(rules_.size() - 1);
}

void RuleSet::define(RuleId id, ExprId expr) { rules_[id].expr = expr; }

}  // namespace hearth::grammar
