// A grammar in Lark's language, and, behind a zero byte, a text that its automaton reads.

#include "grammar/rules/lark.h"
#include "rule_grammar_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::grammar;
  const auto [grammar, text] = split_at_zero(data, size);
  check_grammar(compile_lark(grammar, {}, fuzz_limits()), text);
  return 0;
}
