// What grammars of rules take, for a comparison with other engines (tools/check_grammar_peers.py). Reads a
// JSON object a line, {"kind": "gbnf" | "lark" | "structural_tag", "grammar": "...", "texts": [...]}, and
// writes one for each:
// {"taken": [...]}, of each text whether it is whole, or {"error": "..."}.

#include <cstdio>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "grammar/json/compile_json_schema.h"
#include "grammar/rules/gbnf.h"
#include "grammar/rules/lark.h"
#include "grammar/rules/tags/structural_tag.h"

namespace {

using namespace hearth;
using namespace hearth::grammar;

Result<GrammarPtr> compile(const std::string& kind, const std::string& text) {
  const Limits limits;
  GrammarHooks hooks;
  hooks.compile_schema = [&](std::string schema) {
    return compile_json_schema(std::move(schema), {}, limits);
  };
  if (kind == "gbnf") return compile_gbnf(text, {.root = "root", .hooks = hooks}, limits);
  if (kind == "lark") return compile_lark(text, hooks, limits);
  return compile_structural_tag(text, hooks, limits);
}

bool takes(const Grammar& grammar, const std::string& text) {
  const auto automaton = grammar.make_automaton();
  StateId state = automaton->start();
  for (const char c : text) {
    if (state == kDeadState) return false;
    state = automaton->step(state, uint8_t(c));
  }
  return state != kDeadState && automaton->accepts(state);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto question = nlohmann::json::parse(line);
    const auto grammar = compile(question["kind"], question["grammar"]);
    nlohmann::json answer;
    if (grammar) {
      answer["taken"] = nlohmann::json::array();
      for (const auto& text : question["texts"]) answer["taken"].push_back(takes(**grammar, text));
    } else {
      answer["error"] = grammar.error().message;
    }
    std::puts(answer.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace).c_str());
  }
  return 0;
}
