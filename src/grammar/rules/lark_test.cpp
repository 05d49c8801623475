#include "grammar/rules/lark.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/regex/text_grammar.h"
#include "grammar/rules/testing/hooks.h"
#include "grammar/rules/testing/texts.h"

namespace hearth::grammar {
namespace {

using ::testing::HasSubstr;

Result<GrammarPtr> compile(std::string_view text) { return compile_lark(text, testing_hooks(), {}); }

std::string error_of(std::string_view text) {
  const auto grammar = compile(text);
  return grammar ? "none" : grammar.error().message;
}

struct Case {
  const char* name;
  const char* grammar;
  std::vector<std::string> taken, refused;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kAll = {
      {"sums with blanks",
       "// a comment\n%import common.INT\n%import common.WS_INLINE\n%ignore WS_INLINE\n"
       "start: sum  # another\nsum: product\n    | sum \"+\" product\n"
       "product: INT\n    | product \"*\" INT\n",
       {"1+2*3", "1 + 22\t*3 ", "7"},
       {"", "1+", "1 2", "1\n+2", " 7"}},
      {"terminals hold no blanks",
       "%ignore \" \"\nstart: NAME \"=\" NAME\nNAME: \"a\"..\"z\"+ DIGIT~1..2\nDIGIT: /[0-9]/",
       {"ab1=c22", "ab1 = c2 "},
       {"a b1=c2", "ab1=c", "ab123=c1"}},
      {"flags", "start: \"select\"i /a.c/is /x/", {"SeLeCtA\nCx", "selectabcx"}, {"SeLeCtA\nCX", "selec"}},
      {"a flag is not a name", "start: \"a\" item\nitem: \"b\"", {"ab"}, {"a", "A"}},
      {"repeats",
       "start: \"a\"? (\"b\" | \"c\")~2 [\"d\"] \"e\"~0..2 \"f\"{1,} \"g\"{2} \"h\"{,1}",
       {"bcfgg", "abbdeeffggh"},
       {"bfgg", "bbeeefgg", "bbfg", "bbfgghh"}},
      {"signs of Lark's trees", "?start: a -> one\n  | \"z\" -> two\n!a.2: \"x\"", {"x", "z"}, {"", "xz"}},
      {"imports",
       "%import common (NUMBER, ESCAPED_STRING)\n%import common.CNAME -> NAME\n"
       "start: NUMBER | ESCAPED_STRING | NAME",
       {"1", "1.5e-3", "\"a\\\"b\"", "a_1"},
       {"1.5e", "\"a", "1a", "\"a\"b\""}},
      {"escapes", R"(start: "\x41\u00e9\"\\\n\t" /\/\//)", {"A\xC3\xA9\"\\\n\t//"}, {"A"}},
      {"control tokens",
       "start: <think> /[^x]*/ </think> <[12]> <[60]>",
       {control_text(10) + "hm" + control_text(11) + control_text(12) + "text 60"},
       {"<think>hm</think>", control_text(10) + "x"}},
      {"schemas",
       "start: \"call \" call\ncall: %json {\n \"t}\": \"\\\"{\"\n}\n  | \"none\"",
       {"call { \"t}\": \"\\\"{\"}", "call none"},
       {"call {}"}},
      {"left recursion and empty choices",
       "start: list?\nlist: list \",\" x | x\nx: \"x\" |",
       {"", "x", "x,,x", ","},
       {"xx"}},
  };
  return kAll;
}

TEST(Lark, TakesAndRefuses) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto grammar = compile(one.grammar);
    ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
    for (const std::string& text : one.taken) EXPECT_TRUE(takes(*grammar, text)) << text;
    for (const std::string& text : one.refused) EXPECT_FALSE(takes(*grammar, text)) << text;
  }
}

TEST(Lark, KnowsTheCommonTerminals) {
  const std::vector<std::tuple<std::string, std::string, std::string>> common = {
      {"DIGIT", "7", "77"},
      {"HEXDIGIT", "f", "g"},
      {"INT", "007", ""},
      {"SIGNED_INT", "-7", "--7"},
      {"DECIMAL", "1.", "1"},
      {"FLOAT", "1e5", "1"},
      {"SIGNED_FLOAT", "+.5", "5"},
      {"NUMBER", "12", "-1"},
      {"SIGNED_NUMBER", "-1", "1e"},
      {"LCASE_LETTER", "a", "A"},
      {"UCASE_LETTER", "A", "a"},
      {"LETTER", "Z", "1"},
      {"WORD", "abc", "a1"},
      {"CNAME", "_a1", "1a"},
      {"WS_INLINE", " \t", "\n"},
      {"WS", " \n\f", ""},
      {"CR", "\r", "\n"},
      {"LF", "\n", "\r"},
      {"NEWLINE", "\r\n\n", "\r"},
      {"SH_COMMENT", "# x", "x"},
      {"CPP_COMMENT", "// x", "/ x"},
      {"C_COMMENT", "/***/", "/**/*/"},
      {"SQL_COMMENT", "-- x", "- x"}};
  for (const auto& [name, taken, refused] : common) {
    const auto grammar = compile("%import common." + name + "\nstart: " + name);
    ASSERT_TRUE(grammar.has_value()) << name << ": " << grammar.error().message;
    EXPECT_TRUE(takes(*grammar, taken)) << name;
    EXPECT_FALSE(takes(*grammar, refused)) << name;
  }
}

TEST(Lark, RefusesByNameAndLine) {
  EXPECT_THAT(error_of("rule: \"a\""), HasSubstr("no rule \"start\""));
  EXPECT_THAT(error_of("start: a\n  | b\na: \"x\""), HasSubstr("line 2, column 5: \"b\" is not defined"));
  EXPECT_THAT(error_of("start: \"a\"\nstart: \"b\""),
              HasSubstr("line 2, column 1: \"start\" is defined twice"));
  EXPECT_THAT(error_of("start: A\nA: b\nb: \"x\""),
              HasSubstr("line 2, column 4: the rule \"b\" stands in a terminal"));
  EXPECT_THAT(error_of("start: A\nA: <think>"), HasSubstr("a control token stands in a terminal"));
  EXPECT_THAT(error_of("start: (\"a\""), HasSubstr("this ( is not closed"));
  EXPECT_THAT(error_of("start: [\"a\")"), HasSubstr("closes nothing"));
  EXPECT_THAT(error_of("start: \"a"), HasSubstr("ends inside"));
  EXPECT_THAT(error_of("start: /a"), HasSubstr("this / has no other"));
  EXPECT_THAT(error_of("start: /(/"), HasSubstr("line 1, column 8"));
  EXPECT_THAT(error_of("start: /a/x"), HasSubstr("the flag x is not supported"));
  EXPECT_THAT(error_of("start: \"ab\"..\"c\""), HasSubstr("from one character"));
  EXPECT_THAT(error_of("start: \"c\"..\"a\""), HasSubstr("backwards"));
  EXPECT_THAT(error_of("start: + \"a\""), HasSubstr("nothing here to repeat"));
  EXPECT_THAT(error_of("start: \"a\"~3..2"), HasSubstr("between 3 and 2"));
  EXPECT_THAT(error_of("start: A\nA: /a/ & /b/"), HasSubstr("line 2, column 8: the operator &"));
  EXPECT_THAT(error_of("start: A\nA: ~/a/"), HasSubstr("the operator ~ before a part"));
  EXPECT_THAT(error_of("start: a{b}\n"), HasSubstr("templates"));
  EXPECT_THAT(error_of("a{x}: x\nstart: \"a\""), HasSubstr("templates"));
  EXPECT_THAT(error_of("start[lazy]: /a/"), HasSubstr("options of rules"));
  EXPECT_THAT(error_of("start: @other"), HasSubstr("another grammar"));
  EXPECT_THAT(error_of("start: %regex { }"), HasSubstr("%regex is not supported"));
  EXPECT_THAT(error_of("%import python.NAME\nstart: NAME"), HasSubstr("imports from elsewhere"));
  EXPECT_THAT(error_of("%import common.NOTHING\nstart: \"a\""), HasSubstr("common.NOTHING"));
  EXPECT_THAT(error_of("%declare A\nstart: \"a\""), HasSubstr("%declare is not supported"));
  EXPECT_THAT(error_of("start: x\nx: \"(\" x \")\""), HasSubstr("no text of rule \"x\" is ever complete"));
  EXPECT_THAT(error_of("start: %json {"), HasSubstr("no end"));
}

TEST(Lark, DepthIsLimited) {
  for (const size_t depth : {1000, 1000000}) {
    const std::string text = "start: " + std::string(depth, '(') + "\"a\"" + std::string(depth, ')');
    EXPECT_EQ(compile(text).error().code, ErrorCode::kResourceLimit);
  }
}

}  // namespace
}  // namespace hearth::grammar
