#include "grammar/rules/rule_automaton.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/rules/rule_set.h"
#include "grammar/rules/testing/earley.h"
#include "grammar/rules/testing/random_rules.h"
#include "grammar/rules/testing/texts.h"

namespace hearth::grammar {
namespace {

GrammarPtr compile(const RuleSet& rules, RuleSet::RuleId root) {
  auto grammar = compile_rules(rules, root, {});
  EXPECT_TRUE(grammar.has_value()) << grammar.error().message;
  return grammar.value_or(nullptr);
}

/// Every text over a and b of up to `depth` more bytes: alive and accepted as the recogniser says.
void compare(Automaton& automaton, StateId state, EarleyRecogniser& plain, std::string& text, int depth) {
  ASSERT_EQ(state != kDeadState, plain.is_alive()) << text;
  if (state == kDeadState) return;
  ASSERT_EQ(automaton.accepts(state), plain.accepts()) << text;
  if (depth == 0) return;
  for (const char byte : {'a', 'b'}) {
    text.push_back(byte);
    plain.push(uint8_t(byte));
    compare(automaton, automaton.step(state, uint8_t(byte)), plain, text, depth - 1);
    plain.pop();
    text.pop_back();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(RuleAutomaton, AgreesWithAPlainRecogniser) {
  size_t num_compared = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    const RandomRules made(random);
    const auto grammar = compile_rules(made.rules, made.root, {});
    if (!grammar) {
      EXPECT_THAT(grammar.error().message, ::testing::HasSubstr("is ever complete"));
      continue;
    }
    SCOPED_TRACE(seed);
    ++num_compared;
    EarleyRecogniser plain(made.cfg, made.cfg_root);
    const auto automaton = (*grammar)->make_automaton();
    std::string text;
    compare(*automaton, automaton->start(), plain, text, 6);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(num_compared, 1000u);
}

TEST(RuleAutomaton, KeepsWhatItIsToldToKeep) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const RandomRules made(random);
    const auto grammar = compile_rules(made.rules, made.root, {});
    if (!grammar) continue;
    SCOPED_TRACE(seed);
    EarleyRecogniser plain(made.cfg, made.cfg_root);
    const auto automaton = (*grammar)->make_automaton();
    std::string text;
    compare(*automaton, automaton->start(), plain, text, 4);
    std::vector<StateId> kept = {automaton->start(), kDeadState};
    for (const char byte : {'a', 'b'}) kept.push_back(automaton->step(kept[0], uint8_t(byte)));
    automaton->keep_only(kept);
    EXPECT_EQ(kept[1], kDeadState);
    compare(*automaton, kept[0], plain, text, 5);
    EXPECT_EQ(automaton->start(), kept[0]);
    EXPECT_EQ(automaton->step(kept[0], 'a'), kept[2]);
    EXPECT_EQ(automaton->step(kept[0], 'b'), kept[3]);
    if (HasFailure()) return;
  }
}

TEST(RuleAutomaton, RunsAToolCallWithAnotherGrammarInside) {
  RuleSet inner;
  const auto number = inner.repeat(inner.code_points(CodePointSet({{'0', '9'}})), 1, 3);
  const GrammarPtr digits = compile(inner, inner.add_rule("digits", number));
  RuleSet rules;
  const auto begin = rules.alternative({rules.literal("<call>"), rules.control(300000)});
  const auto call =
      rules.sequence({begin, rules.literal("{\"n\": "), rules.nested(digits), rules.literal("}</call>\n")});
  const auto text = rules.free_text({"<call>"});
  const GrammarPtr grammar =
      compile(rules, rules.add_rule("root", rules.sequence({text, rules.repeat(call, 0, 2)})));

  EXPECT_TRUE(takes(grammar, ""));
  EXPECT_TRUE(takes(grammar, "a <cal \xC3\xA9"));
  EXPECT_TRUE(takes(grammar, "hm<call>{\"n\": 12}</call>\n"));
  EXPECT_TRUE(takes(grammar, control_text(300000) + "{\"n\": 1}</call>\n<call>{\"n\": 123}</call>\n"));
  EXPECT_FALSE(takes(grammar, "hm<call>{\"n\": }</call>\n"));
  EXPECT_FALSE(may_begin(grammar, "hm<call> "));
  EXPECT_FALSE(may_begin(grammar, "<call>{\"n\": 1234"));
  EXPECT_FALSE(may_begin(grammar, "<call>{\"n\": 1}</call>\nmore"));
  EXPECT_FALSE(may_begin(grammar, "\xC3 "));
  EXPECT_FALSE(may_begin(grammar, control_text(300001).substr(0, 4)));
}

TEST(RuleAutomaton, CountsRepeatsWithoutCopies) {
  RuleSet rules;
  const auto pair = rules.sequence({rules.literal("a"), rules.optional(rules.literal("b"))});
  const GrammarPtr grammar = compile(rules, rules.add_rule("root", rules.repeat(pair, 2, 10000)));
  EXPECT_LT(grammar->memory_size(), 10000u);
  EXPECT_FALSE(takes(grammar, "ab"));
  EXPECT_TRUE(takes(grammar, "aba"));
  EXPECT_TRUE(takes(grammar, std::string(10000, 'a')));
  EXPECT_FALSE(may_begin(grammar, std::string(10001, 'a')));
}

TEST(RuleAutomaton, RightRecursionNeedsNoStack) {
  RuleSet rules;
  const auto list = rules.declare("list");
  rules.define(
      list, rules.alternative({rules.sequence({rules.literal("a"), rules.rule(list)}), rules.literal("b")}));
  const GrammarPtr grammar = compile(rules, list);
  const auto automaton = grammar->make_automaton();
  const StateId once = state_behind(*automaton, automaton->start(), "a");
  EXPECT_EQ(state_behind(*automaton, automaton->start(), "aaaaaaaa"), once);
}

TEST(RuleAutomaton, LeftRecursionComesBackToItsStates) {
  RuleSet rules;
  const auto list = rules.declare("list");
  rules.define(
      list, rules.alternative({rules.sequence({rules.rule(list), rules.literal(",x")}), rules.literal("x")}));
  const GrammarPtr grammar = compile(rules, list);
  const auto automaton = grammar->make_automaton();
  EXPECT_EQ(state_behind(*automaton, automaton->start(), "x,x"),
            state_behind(*automaton, automaton->start(), "x,x,x,x,x"));
}

TEST(RuleAutomaton, SaysWhichCharactersLeadBack) {
  RuleSet rules;
  const CodePointSet special({{'"', '"'}, {'\\', '\\'}});
  const auto text = rules.repeat(rules.code_points(special.complement()), 0);
  const GrammarPtr grammar = compile(
      rules, rules.add_rule("root", rules.sequence({rules.literal("\""), text, rules.literal("\"")})));
  const auto automaton = grammar->make_automaton();
  const StateId inside = state_behind(*automaton, automaton->start(), "\"");
  const Loop loop = automaton->loop(inside);
  EXPECT_EQ(loop.count, Loop::kEndless);
  EXPECT_TRUE(loop.set.beyond_ascii);
  EXPECT_EQ(loop.set.ascii.count(), 126u);
  EXPECT_FALSE(loop.set.ascii['"'] || loop.set.ascii['\\']);
  EXPECT_EQ(state_behind(*automaton, inside, "x\xE2\x82\xAC\xF0\x9F\x98\x80"), inside);
  EXPECT_EQ(automaton->loop(automaton->start()).count, 0u);
}

TEST(RuleAutomaton, SaysHowManyCharactersMayCome) {
  RuleSet rules;
  const auto word = rules.repeat(rules.code_points(CodePointSet({{'a', 'z'}})), 2, 9);
  const GrammarPtr grammar =
      compile(rules, rules.add_rule("root", rules.sequence({word, rules.optional(rules.literal("q!"))})));
  const auto automaton = grammar->make_automaton();
  EXPECT_EQ(automaton->loop(automaton->start()).count, 0u);
  const Loop loop = automaton->loop(state_behind(*automaton, automaton->start(), "abc"));
  EXPECT_EQ(loop.count, 6u);
  EXPECT_EQ(loop.set.ascii.count(), 25u);
  EXPECT_FALSE(loop.set.ascii['q'] || loop.set.beyond_ascii);
}

TEST(RuleAutomaton, PassesOnTheLoopsOfOtherGrammars) {
  RuleSet inner;
  const auto letter = inner.code_points(CodePointSet({{'a', 'z'}}));
  const auto quoted = [&](RuleSet::ExprId text) {
    return compile(inner,
                   inner.add_rule("text", inner.sequence({inner.literal("<"), text, inner.literal(">")})));
  };
  const GrammarPtr counted = quoted(inner.repeat(letter, 0, 9)), endless = quoted(inner.repeat(letter, 0));
  const GrammarPtr open = compile(inner, inner.add_rule("open", inner.repeat(letter, 2, 9)));
  const auto loop_in = [](const GrammarPtr& grammar, std::string_view text, std::string_view behind) {
    RuleSet rules;
    const auto all = rules.sequence({rules.nested(grammar), rules.literal(behind)});
    const auto outer = compile(rules, rules.add_rule("root", all));
    const auto automaton = outer->make_automaton();
    return automaton->loop(state_behind(*automaton, automaton->start(), text));
  };
  EXPECT_EQ(loop_in(counted, "<ab", "!").count, 7u);
  EXPECT_EQ(loop_in(endless, "<ab", "!").count, Loop::kEndless);
  EXPECT_EQ(loop_in(endless, "<ab", "!").set.ascii.count(), 26u);
  EXPECT_EQ(loop_in(open, "abc", "").count, 6u);
  EXPECT_EQ(loop_in(open, "abc", "z").count, 0u);
}

TEST(RuleAutomaton, StopsWhereTheFuelEnds) {
  RuleSet rules;
  const auto many = rules.alternative({rules.literal("a"), rules.literal("aa"), rules.literal("aaa")});
  const GrammarPtr grammar = compile(rules, rules.add_rule("root", rules.repeat(many, 9000, 10000)));
  const auto automaton = grammar->make_automaton();
  automaton->fuel() = {200000};
  EXPECT_EQ(state_behind(*automaton, automaton->start(), std::string(10000, 'a')), kDeadState);
  EXPECT_TRUE(automaton->fuel().exhausted);
  automaton->fuel() = {200000};
  EXPECT_NE(state_behind(*automaton, automaton->start(), "aaaa"), kDeadState);
}

TEST(RuleAutomaton, AmbiguityCostsNoMoreThanTheText) {
  // Of n times a, each may have been of one form or the other: 2^n stacks, and n sets of callers.
  RuleSet rules;
  const auto s = rules.declare("s");
  rules.define(s, rules.alternative({rules.sequence({rules.literal("a"), rules.rule(s), rules.literal("b")}),
                                     rules.sequence({rules.literal("a"), rules.rule(s), rules.literal("c")}),
                                     rules.literal("x")}));
  const GrammarPtr grammar = compile(rules, s);
  const auto automaton = grammar->make_automaton();
  automaton->fuel() = {20000};
  std::string text = std::string(200, 'a') + "x";
  for (int i = 0; i < 100; ++i) text += "bc";
  EXPECT_TRUE(automaton->accepts(state_behind(*automaton, automaton->start(), text)));
  EXPECT_FALSE(automaton->fuel().exhausted);
}

TEST(CompileRules, NamesWhatIsWrong) {
  RuleSet rules;
  const auto root = rules.declare("root");
  const auto item = rules.declare("item");
  rules.define(root, rules.sequence({rules.literal("x"), rules.rule(item)}));
  EXPECT_THAT(compile_rules(rules, root, {}).error().message,
              ::testing::HasSubstr("\"item\" is used in rule"));
  rules.define(item, rules.sequence({rules.literal("("), rules.rule(item)}));
  EXPECT_THAT(compile_rules(rules, root, {}).error().message,
              ::testing::HasSubstr("rule \"item\" is ever complete"));
  rules.define(item, rules.repeat(rules.literal("y"), 5, 2));
  EXPECT_EQ(compile_rules(rules, root, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST(CompileRules, CopiesOfPartsAreLimited) {
  RuleSet rules;
  auto part = rules.literal("ab");
  for (int i = 0; i < 40; ++i) part = rules.sequence({part, part});
  EXPECT_EQ(compile_rules(rules, rules.add_rule("root", part), {}).error().code, ErrorCode::kResourceLimit);
}

}  // namespace
}  // namespace hearth::grammar
