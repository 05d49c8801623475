#pragma once

#include <memory>

#include "grammar/grammar.h"
#include "grammar/rules/rule_program.h"

namespace hearth::grammar {

/// A grammar of rules, compiled (rule_set.h makes one).
class RuleGrammar : public Grammar {
 public:
  explicit RuleGrammar(RuleProgram program);
  std::unique_ptr<Automaton> make_automaton() const override;
  std::vector<std::string> warnings() const override;
  size_t memory_size() const override;

 private:
  std::shared_ptr<const RuleProgram> program_;
};

}  // namespace hearth::grammar
