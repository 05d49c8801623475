#include "grammar/rules/gbnf.h"

#include <string>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/rules/testing/hooks.h"
#include "grammar/rules/testing/texts.h"

namespace hearth::grammar {
namespace {

using ::testing::HasSubstr;

Result<GrammarPtr> compile(std::string_view text) {
  return compile_gbnf(text, {.hooks = testing_hooks()}, {});
}

std::string error_of(std::string_view text) {
  const auto grammar = compile(text);
  return grammar ? "none" : grammar.error().message;
}

struct Case {
  const char* name;
  const char* grammar;
  std::vector<std::string> taken, refused;
};

std::string token(TokenId id) { return control_text(id); }

const std::vector<Case>& cases() {
  static const std::vector<Case> kAll = {
      {"sums",
       "root ::= sum\nsum ::= num (\"+\" num)*\nnum ::= [0-9]+",
       {"7", "1+22+333"},
       {"", "+", "1+", "1a"}},
      {"calls",
       R"g(root ::= expr
          expr ::= term ws (("+" | "-") ws term)*
          term ::= atom ws (("*" | "/") ws atom)*
          atom ::= num | name | "(" expr ")" | call
          num  ::= [0-9]+
          name ::= [a-zA-Z_] [a-zA-Z0-9_]*
          call ::= name ws "(" (expr ("," ws expr)*)? ")"
          ws   ::= [ \t\n\r]?)g",
       {"42", "a*(b+c)-d/e", "f(g(x), h(y, z))", "(a + b) * (c - d)", "f()"},
       {"+", "a + + b", "f(,)", "f(x y)", "(a", "a)", "1 *"}},
      {"any character counts as one",
       "root ::= ... \"abc\" ...",
       {"abcabcabc",
        "\xF0\x9F\x94\xB5\xC3\xA9\xE2\x9C\x85"
        "abc123"},
       {"aaabcccc", "aaaaabccc",
        "\xC3\xA9\xC3\xA9"
        "abc123"}},
      {"star", "root ::= \"a\"*", {"", "a", std::string(300, 'a')}, {"b", "ab", "ba"}},
      {"plus", "root ::= \"a\"+", {"a", "aaa"}, {"", "ab"}},
      {"optional", "root ::= \"a\"?", {"", "a"}, {"aa", "b"}},
      {"syllables",
       "root ::= cons+ vowel* cons? (vowel cons)*\nvowel ::= [aeiouy]\ncons ::= [bcdfghjklmnpqrstvwxyz]",
       {"yes", "no", "noyes", "crwth", "four", "bryyyy"},
       {"yess", "yesno", "forty", "catyyy"}},
      {"exactly", "root ::= [ab]{4}", {"aaaa", "abab"}, {"aaa", "aaaaa"}},
      {"at least", "root ::= [ab]{4,}", {"aaaa", "ababab"}, {"", "aba"}},
      {"at most", "root ::= [ab]{0,4}", {"", "aaab"}, {"aaaaa"}},
      {"between",
       "root ::= (\"0x\" [A-F0-9]{2} \" \"?){ 3 , 5 }",
       {"0xFF 0x12 0xAB", "0xFF0x120xAB0x000x00 "},
       {"", "0xFF 0x12", "0xFF 0x12 0xAB 0x00 0x00 0x00"}},
      {"nested star", "root ::= ( [x]* )*", {"", "x", "xxx"}, {"y", "xy"}},
      {"nested nullable repeats",
       "root ::= (((((([^x]*){0,99}){0,99}){0,99}){0,99}){0,99}){0,99}",
       {"", std::string(1000, 'y')},
       {"x", "yyx"}},
      {"nullable star", "root ::= (\"a\"* \"b\"*)* \"c\"", {"c", "abbac"}, {"", "ab", "cc"}},
      {"left recursion", "root ::= \"a\" | root \"b\"", {"a", "abbb"}, {"", "b", "aba"}},
      {"left recursion through others",
       "root ::= x\nx ::= \"a\" | y \"b\"\ny ::= \"c\" | empty x \"d\" | \"e\"\nempty ::= \"q\" | ",
       {"a", "cb", "eb", "adb", "qadb", "qqadbdb", "cbdb"},
       {"", "qa", "ad", "b", "adbd"}},
      {"rules that only call themselves too", "root ::= root | \"a\" | root root", {"a", "aaa"}, {"", "b"}},
      {"empty choices",
       "root ::= x \"!\"\nx ::= | \" \" | \"\\n\" [ \\t]{0,2}",
       {"!", " !", "\n\t !"},
       {"  !", "\n   !"}},
      {"classes",
       R"g(root ::= [\]a\-\\^-`] [^\x00-\x7f\U0001F600-\U0010FFFF] [a-] [!"#$%&'()*+,-./:;<=>?@[\\\]^_`{|}~])g",
       {"]\xC3\xA9-{",
        "_\xE2\x82\xAC"
        "a]",
        "\\\xC3\xA9-!"},
       {"bea!", "a\xF0\x9F\x98\x80-!",
        "a\xC3\xA9"
        "b!",
        "ae-!"}},
      {"escapes",
       R"g(root ::= "\x41\u00e9\U0001F600\n\t\r\"\\\[\]\-")g",
       {"A\xC3\xA9\xF0\x9F\x98\x80\n\t\r\"\\[]-"},
       {"A"}},
      {"comments and line breaks",
       "# a comment\nroot ::= ( # one\n  \"a\" # two\n  \"b\"\n) |\n  \"c\" # three\n  | \"d\"\n\n# the end",
       {"ab", "c", "d"},
       {"a", "b", "cd"}},
      {"carriage returns", "root ::= a\r\na ::= \"x\"\r\n", {"x"}, {""}},
      {"literals of nothing", "root ::= \"\" (\"\") () \"a\"", {"a"}, {""}},
      {"unused rules", "root ::= \"a\"\nother ::= \"b\"", {"a"}, {"b"}},
      {"chess",
       R"g(root    ::= "1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n")+
                   move    ::= (pawn | nonpawn | castle) [+#]?
                   nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
                   pawn    ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
                   castle  ::= "O-O" "-O"?)g",
       {"1. e4 e5\n2. Nf3 Nc6\n", "1. e4 d5\n2. exd5 Qxd5+\n3. O-O O-O-O\n"},
       {"1. e4 e5\n", "1. e9 e5\n2. a4 a5\n"}},
      {"tokens by id",
       "root ::= <[10]> content <[11]>\ncontent ::= (!<[11]>)*",
       {token(10) + "hello" + token(11), token(10) + token(11),
        token(10) + "a" + token(12) + "\xC3\xA9" + token(13) + token(11)},
       {token(10), "a" + token(11), token(10) + token(11) + token(11), token(11) + token(10)}},
      {"tokens by spelling",
       "root ::= <think> !</think>+ </think> .*",
       {token(10) + "hm" + token(11) + "so", token(10) + token(10) + token(11)},
       {token(10) + token(11), token(10) + "hm", "hm"}},
      {"tokens with a text", "root ::= <[60]> \"!\"", {"text 60!"}, {token(60) + "!"}},
  };
  return kAll;
}

TEST(Gbnf, TakesAndRefuses) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto grammar = compile(one.grammar);
    ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
    for (const std::string& text : one.taken) EXPECT_TRUE(takes(*grammar, text)) << text;
    for (const std::string& text : one.refused) EXPECT_FALSE(takes(*grammar, text)) << text;
  }
}

TEST(Gbnf, RefusesWithTheLineOfTheFault) {
  EXPECT_THAT(error_of("rot ::= \"a\""), HasSubstr("no rule \"root\""));
  EXPECT_THAT(error_of(""), HasSubstr("no rule \"root\""));
  EXPECT_THAT(error_of("root ::= \"a\"\n  | numero\nnumber ::= [0-9]"),
              HasSubstr("line 2, column 5: rule \"numero\""));
  EXPECT_THAT(error_of("root ::= \"a\"\nroot ::= \"b\""),
              HasSubstr("line 2, column 1: rule \"root\" is defined twice"));
  EXPECT_THAT(error_of("root ::= \"a\"{,}"), HasSubstr("line 1, column 14: a number"));
  EXPECT_THAT(error_of("root ::= \"a\"{,10}"), HasSubstr("a number"));
  EXPECT_THAT(error_of("root ::= \"a\"{3,2}"), HasSubstr("between 3 and 2"));
  EXPECT_THAT(error_of("root ::= \"a\"{99999999999}"), HasSubstr("too large"));
  EXPECT_THAT(error_of("root ::= *"), HasSubstr("nothing here to repeat"));
  EXPECT_THAT(error_of("root ::= (\"a\""), HasSubstr("column 10: this ( has no )"));
  EXPECT_THAT(error_of("root ::= \"a\")"), HasSubstr("this ) has no ("));
  EXPECT_THAT(error_of("root ::= \"a"), HasSubstr("ends inside"));
  EXPECT_THAT(error_of("root ::= [a"), HasSubstr("ends inside"));
  EXPECT_THAT(error_of("root ::= []"), HasSubstr("empty"));
  EXPECT_THAT(error_of("root ::= [z-a]"), HasSubstr("backwards"));
  EXPECT_THAT(error_of("root ::= \"\\q\""), HasSubstr("escape"));
  EXPECT_THAT(error_of("root ::= \"\\x4\""), HasSubstr("2 hexadecimal digits"));
  EXPECT_THAT(error_of("root ::= \"\\ud800\""), HasSubstr("no character"));
  EXPECT_THAT(error_of("root ::= \"\\U00110000\""), HasSubstr("no character"));
  EXPECT_THAT(error_of("root ::= \"\xFF\""), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of("root = \"a\""), HasSubstr("a rule is wanted here"));
  EXPECT_THAT(error_of("root ::= @"), HasSubstr("a part of a rule"));
  EXPECT_THAT(error_of("root ::= x\nx ::= \"(\" x \")\""),
              HasSubstr("no text of rule \"x\" is ever complete"));
  EXPECT_THAT(error_of("root ::= <nothing>"), HasSubstr("no control token \"<nothing>\""));
  EXPECT_THAT(error_of("root ::= <[100]>"), HasSubstr("no token 100"));
  EXPECT_THAT(error_of("root ::= !<[11]> \"a\""), HasSubstr("line 1, column 10: a negated token"));
  EXPECT_THAT(error_of("root ::= (!<[11]> | \"a\")*"), HasSubstr("a negated token"));
  EXPECT_THAT(error_of("root ::= !<[60]>*"), HasSubstr("must be a control token"));
}

TEST(Gbnf, DepthIsLimitedAndNothingRecurses) {
  auto nested = [](size_t depth) {
    return "root ::= " + std::string(depth, '(') + "\"a\"" + std::string(depth, ')');
  };
  const auto shallow = compile(nested(100));
  ASSERT_TRUE(shallow.has_value()) << shallow.error().message;
  EXPECT_TRUE(takes(*shallow, "a"));
  for (const size_t depth : {1000, 10000, 100000, 1000000}) {
    EXPECT_EQ(compile(nested(depth)).error().code, ErrorCode::kResourceLimit);
    EXPECT_FALSE(compile("root ::= " + std::string(depth, '(')).has_value());
    EXPECT_FALSE(compile("root ::= \"a\"" + std::string(depth, ')')).has_value());
  }
  EXPECT_THAT(error_of(std::string(5 << 20, ' ')), HasSubstr("the limit is"));
}

std::string rule_chain(size_t length) {
  std::string text = "root ::= r0\n";
  for (size_t i = 0; i < length; ++i) text += fmt::format("r{} ::= r{}\n", i, i + 1);
  return text + fmt::format("r{} ::= \"a\"", length);
}

TEST(Gbnf, LongChainsOfRulesAreNoDepth) {
  const auto grammar = compile(rule_chain(100000));
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  EXPECT_TRUE(takes(*grammar, "a"));
  EXPECT_FALSE(may_begin(*grammar, "b"));
  EXPECT_EQ(compile(rule_chain(1000000)).error().code, ErrorCode::kResourceLimit);

  std::string circle = "root ::= r0\n";
  for (int i = 0; i < 20000; ++i) circle += fmt::format("r{} ::= r{} | \"a\"\n", i, (i + 1) % 20000);
  const auto round = compile(circle);
  ASSERT_TRUE(round.has_value()) << round.error().message;
  EXPECT_TRUE(takes(*round, "a"));
  EXPECT_FALSE(takes(*round, "aa"));
}

/// What a text costs in an automaton of its own.
uint64_t fuel_of(std::string_view grammar, std::string_view text) {
  const auto compiled = compile(grammar);
  EXPECT_TRUE(compiled.has_value()) << grammar;
  if (!compiled) return UINT64_MAX;
  const auto automaton = (*compiled)->make_automaton();
  automaton->fuel() = {uint64_t(1) << 32};
  EXPECT_TRUE(automaton->accepts(state_behind(*automaton, automaton->start(), text))) << grammar;
  return (uint64_t(1) << 32) - automaton->fuel().left;
}

TEST(Gbnf, NullableAndAmbiguousFormsNeverHang) {
  const std::string text(2000, 'a');
  EXPECT_LT(fuel_of("root ::= (\"a\"*)*", text), 100u);
  EXPECT_LT(fuel_of("root ::= ((\"a\"?)*)+", text), 100u);
  EXPECT_LT(fuel_of("root ::= ((\"a\"*){0,1000}){0,1000}", text), 50'000u);
  // Of a text of n characters these have up to n places where a reading may have begun.
  const std::string short_text(100, 'a');
  EXPECT_LT(fuel_of("root ::= (\"a\" | \"a\" root)*", short_text), 100'000u);
  EXPECT_LT(fuel_of("root ::= x\nx ::= x x | x | | \"a\"", short_text), 5'000'000u);
  EXPECT_LT(fuel_of("root ::= root root | \"a\"", short_text), 5'000'000u);
  EXPECT_LT(fuel_of("root ::= (\"a\"{1,10000} | \"a\"{1,10000}){1,10000}", std::string(200, 'a')),
            10'000'000u);
}

TEST(Gbnf, ManyChoicesAreReadAtOnce) {
  std::string text = "root ::= (\"\"";
  for (int i = 0; i < 20000; ++i) text += fmt::format(" | \"choice{}\"", i);
  const auto grammar = compile(text + " | [0-9]+) \"!\"");
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  EXPECT_TRUE(takes(*grammar, "choice12!"));
  EXPECT_TRUE(takes(*grammar, "choice19999!"));
  EXPECT_TRUE(takes(*grammar, "12!"));
  EXPECT_TRUE(takes(*grammar, "!"));
  EXPECT_FALSE(may_begin(*grammar, "choice20000"));
  EXPECT_FALSE(may_begin(*grammar, "choice!"));
  const auto automaton = (*grammar)->make_automaton();
  automaton->fuel() = {1000};
  EXPECT_TRUE(automaton->accepts(state_behind(*automaton, automaton->start(), "choice1234!")));
}

TEST(Gbnf, TooManyWaysToBeginAreRefused) {
  std::string text = "root ::= \"x\"";
  for (int i = 0; i < 100000; ++i) text += " | [ab] [cd]";
  EXPECT_THAT(error_of(text), HasSubstr("too many ways to begin"));
}

}  // namespace
}  // namespace hearth::grammar
