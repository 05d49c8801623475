#pragma once

#include <cstdint>
#include <random>

#include "grammar/rules/rule_set.h"
#include "grammar/rules/testing/earley.h"

namespace hearth::grammar {

/// A small grammar over the bytes a and b, written twice.
struct RandomRules {
  RuleSet rules;
  RuleSet::RuleId root = 0;
  PlainCfg cfg;
  uint32_t cfg_root = 0;

  explicit RandomRules(std::mt19937& random);

 private:
  struct Part {
    RuleSet::ExprId expr;
    uint32_t cfg_rule;
  };
  Part make(std::mt19937& random, int depth);
  Part make_list(std::mt19937& random, int depth, bool is_sequence);
  Part make_repeat(std::mt19937& random, int depth);

  std::vector<uint32_t> rule_of_;  ///< in the PlainCfg, of each rule
};

}  // namespace hearth::grammar
