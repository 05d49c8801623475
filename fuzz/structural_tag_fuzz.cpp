// A structural tag, and, behind a zero byte, a text that its automaton reads. A schema stands for the digits.

#include <string>

#include "grammar/regex/text_grammar.h"
#include "grammar/rules/tags/structural_tag.h"
#include "rule_grammar_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::grammar;
  const auto [tag, text] = split_at_zero(data, size);
  GrammarHooks hooks;
  hooks.compile_schema = [](const std::string&) { return compile_regex("[0-9]+", {}); };
  check_grammar(compile_structural_tag(std::string(tag), hooks, fuzz_limits()), text);
  return 0;
}
