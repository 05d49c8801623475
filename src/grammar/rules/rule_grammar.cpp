#include "grammar/rules/rule_grammar.h"

#include <utility>

#include "grammar/rules/rule_automaton.h"

namespace hearth::grammar {

RuleGrammar::RuleGrammar(RuleProgram program)
    : program_(std::make_shared<const RuleProgram>(std::move(program))) {}

std::unique_ptr<Automaton> RuleGrammar::make_automaton() const {
  return std::make_unique<RuleAutomaton>(program_);
}

std::vector<std::string> RuleGrammar::warnings() const {
  std::vector<std::string> all;
  for (const GrammarPtr& grammar : program_->grammars) {
    for (std::string& warning : grammar->warnings()) all.push_back(std::move(warning));
  }
  return all;
}

size_t RuleGrammar::memory_size() const { return sizeof(*this) + program_->memory_size(); }

}  // namespace hearth::grammar
