#include "grammar/rules/testing/random_rules.h"

namespace hearth::grammar {
namespace {

uint32_t draw(std::mt19937& random, uint32_t count) { return uint32_t(random() % count); }
PlainCfg::Symbol rule_symbol(uint32_t rule) { return {false, rule}; }

}  // namespace

RandomRules::RandomRules(std::mt19937& random) {
  const uint32_t num_rules = 1 + draw(random, 4);
  for (uint32_t i = 0; i < num_rules; ++i) {
    rules.declare("r" + std::to_string(i));
    rule_of_.push_back(cfg.add_rule());
  }
  for (uint32_t i = 0; i < num_rules; ++i) {
    const Part part = make(random, 3);
    rules.define(i, part.expr);
    cfg.rules[rule_of_[i]] = {{rule_symbol(part.cfg_rule)}};
  }
  cfg_root = rule_of_[root];
}

RandomRules::Part RandomRules::make(std::mt19937& random, int depth) {
  const uint32_t kind = draw(random, depth > 0 ? 10 : 4);
  if (kind <= 1) {
    const std::string text(1 + draw(random, 2), draw(random, 2) == 0 ? 'a' : 'b');
    const uint32_t rule = cfg.add_rule();
    auto& choice = cfg.rules[rule].emplace_back();
    for (const char c : text) choice.push_back({true, uint8_t(c)});
    return {rules.literal(text), rule};
  }
  if (kind == 2) {
    const uint32_t rule = cfg.add_rule();
    cfg.rules[rule] = {{{true, 'a'}}, {{true, 'b'}}};
    return {rules.code_points(CodePointSet({{'a', 'b'}})), rule};
  }
  if (kind == 3) {
    const uint32_t id = draw(random, uint32_t(rule_of_.size()));
    return {rules.rule(id), rule_of_[id]};
  }
  return kind <= 7 ? make_list(random, depth, kind <= 5) : make_repeat(random, depth);
}

RandomRules::Part RandomRules::make_list(std::mt19937& random, int depth, bool is_sequence) {
  const uint32_t count = is_sequence ? draw(random, 4) : 1 + draw(random, 3);
  const uint32_t rule = cfg.add_rule();
  std::vector<RuleSet::ExprId> exprs;
  std::vector<PlainCfg::Symbol> symbols;
  for (uint32_t i = 0; i < count; ++i) {
    const Part part = make(random, depth - 1);
    exprs.push_back(part.expr);
    symbols.push_back(rule_symbol(part.cfg_rule));
  }
  if (is_sequence) {
    cfg.rules[rule] = {symbols};
    return {rules.sequence(exprs), rule};
  }
  for (const PlainCfg::Symbol symbol : symbols) cfg.rules[rule].push_back({symbol});
  return {rules.alternative(exprs), rule};
}

RandomRules::Part RandomRules::make_repeat(std::mt19937& random, int depth) {
  const Part part = make(random, depth - 1);
  const uint32_t min = draw(random, 4);
  const bool endless = draw(random, 2) == 0;
  const uint32_t max = endless ? RuleSet::kUnbounded : min + draw(random, 3);
  const uint32_t rule = cfg.add_rule();
  std::vector<PlainCfg::Symbol> symbols(min, rule_symbol(part.cfg_rule));
  if (endless) {
    const uint32_t again = cfg.add_rule();
    cfg.rules[again] = {{}, {rule_symbol(part.cfg_rule), rule_symbol(again)}};
    symbols.push_back(rule_symbol(again));
    cfg.rules[rule] = {symbols};
  } else {
    for (uint32_t i = min; i <= max; ++i) {
      cfg.rules[rule].push_back(symbols);
      symbols.push_back(rule_symbol(part.cfg_rule));
    }
  }
  return {rules.repeat(part.expr, min, max), rule};
}

}  // namespace hearth::grammar
