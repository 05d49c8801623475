#include "grammar/rules/tags/structural_tag.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/rules/testing/hooks.h"
#include "grammar/rules/testing/texts.h"

namespace hearth::grammar {
namespace {

using ::testing::HasSubstr;

Result<GrammarPtr> compile(const std::string& text) {
  return compile_structural_tag(text, testing_hooks(), {});
}

Result<GrammarPtr> compile_format(const std::string& format) {
  return compile("{\"type\": \"structural_tag\", \"format\": " + format + "}");
}

std::string error_of(const std::string& format) {
  const auto grammar = compile_format(format);
  return grammar ? "none" : grammar.error().message;
}

struct Case {
  std::string name, format;
  std::vector<std::string> taken, refused;
};

const std::string kTags = R"([
    {"type": "tag", "begin": "<f=a>", "content": {"type": "regex", "pattern": "[0-9]+"}, "end": "</f>"},
    {"type": "tag", "begin": "<f=b>", "content": {"type": "any_text"}, "end": "</f>"}])";

std::string triggered(const std::string& options) {
  return R"({"type": "triggered_tags", "triggers": ["<f="], "tags": )" + kTags + options + "}";
}

std::string separated(const std::string& options) {
  return R"({"type": "tags_with_separator", "separator": ",", "tags": )" + kTags + options + "}";
}

const std::vector<Case>& formats() {
  static const std::vector<Case> kAll = {
      {"const_string", R"({"type": "const_string", "value": "a\nb"})", {"a\nb"}, {"", "a"}},
      {"regex", R"({"type": "regex", "pattern": "a+|b"})", {"aaa", "b"}, {"ab"}},
      {"grammar",
       R"({"type": "grammar", "grammar": "root ::= \"x\"* <think>"})",
       {"xx" + control_text(10)},
       {"xx"}},
      {"json_schema",
       R"({"type": "json_schema", "json_schema": {"x": 1.50}})",
       {"{\"x\": 1.50}"},
       {"{\"x\": 1.5}"}},
      {"any_text",
       R"({"type": "any_text", "excludes": ["<x>", "aba"]})",
       {"", "<x", "abba", "\xC3\xA9"},
       {"<x>", "ababa", control_text(10)}},
      {"plain_string",
       R"({"type": "plain_string", "json_schema": {"type": "string", "pattern": "^a", "maxLength": 3}, "excludes": ["</"]})",
       {"a", "a\"<", "a\n\xC3\xA9"},
       {"", "b", "abcd", "a</"}},
      {"max_chars",
       R"({"type": "any_text", "max_chars": 2})",
       {"",
        "\xC3\xA9"
        "a"},
       {"abc"}},
      {"sequence and or",
       R"({"type": "sequence", "elements": [{"type": "or", "elements": [
          {"type": "const_string", "value": "a"}, {"type": "const_string", "value": "b"}]},
          {"type": "const_string", "value": "c"}]})",
       {"ac", "bc"},
       {"c", "ab"}},
      {"optional, plus, star",
       R"({"type": "sequence", "elements": [
          {"type": "optional", "content": {"type": "const_string", "value": "a"}},
          {"type": "plus", "content": {"type": "const_string", "value": "b"}},
          {"type": "star", "content": {"type": "const_string", "value": "c"}},
          {"type": "repeat", "min": 1, "max": 2, "content": {"type": "const_string", "value": "d"}},
          {"type": "repeat", "min": 1, "max": -1, "content": {"type": "const_string", "value": "e"}}]})",
       {"bde", "abbccddee"},
       {"ade", "bcce", "bddde"}},
      {"tag",
       R"({"type": "tag", "begin": "<a>", "content": {"type": "sequence", "elements": [
          {"type": "const_string", "value": "x"}, {"type": "any_text"}]}, "end": ["</a>", "</b>"]})",
       {"<a>x</a>", "<a>xyz</</b>"},
       {"<a>x", "<a></a>", "<a>x</a></a>"}},
      {"tokens",
       R"({"type": "tag", "begin": {"type": "token", "token": "<think>"},
          "content": {"type": "any_tokens", "exclude_tokens": [11]}, "end": {"type": "token", "token": 11}})",
       {control_text(10) + "hm" + control_text(12) + control_text(11)},
       {control_text(10) + "hm", control_text(10) + control_text(11) + control_text(11)}},
  };
  return kAll;
}

// References that double the work at each level, and patterns without end, are left out in time.
TEST(StructuralTag, WhatPlainStringsTakeIsBounded) {
  std::string doubling = R"({"$ref": "#/$defs/0", "$defs": {)";
  for (int i = 0; i < 60; ++i) {
    doubling += fmt::format(R"("{}": {{"anyOf": [{{"$ref": "#/$defs/{}"}}, {{"$ref": "#/$defs/{}"}}]}}, )", i,
                            i + 1, i + 1);
  }
  doubling += R"("60": {"pattern": "a"}}})";
  std::string elements;
  for (int i = 0; i < 200; ++i) {
    elements += fmt::format(
        R"({}{{"type": "plain_string", "place": "x", "json_schema": {{"pattern": "^(a|b){{0,{}}}c", "minLength": 90,
                               "not": {{"maxLength": {}}}}}}})",
        i == 0 ? "" : ", ", 900 + i, 4000 + i);
  }
  for (const std::string& format :
       {R"({"type": "plain_string", "place": "x", "json_schema": )" + doubling + "}",
        R"({"type": "sequence", "elements": [)" + elements + "]}"}) {
    const auto grammar = compile_format(format);
    ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
    ASSERT_FALSE((*grammar)->warnings().empty());
    EXPECT_TRUE((*grammar)->warnings().front().starts_with("x")) << (*grammar)->warnings().front();
  }
  EXPECT_THAT(error_of(R"({"type": "plain_string", "json_schema": {"enum": [5]}})"),
              HasSubstr("no string of the schema"));
  EXPECT_THAT(error_of(R"({"type": "plain_string", "json_schema": {"allOf": 5}})"), HasSubstr("/allOf"));
}

const std::vector<Case>& formats_of_tags() {
  static const std::vector<Case> kAll = {
      {"triggered_tags",
       triggered(""),
       {"", "x", "<f=a>1</f>", "x<f=a>1</f>", "<f=a>1</f>y", "<f=a>1</f><f=b>q</f>", "<f=a>1</f>y<f=b>z</f>w",
        "<<f=a>1</f>"},
       {"x<f=c>", "<f=b></f", "<f=a></f>", "<f="}},
      {"stop_after_first",
       triggered(R"(, "stop_after_first": true)"),
       {"", "x", "<f=a>1</f>", "x<f=a>1</f>", "<<f=a>1</f>"},
       {"<f=a>1</f>y", "<f=a>1</f><f=b>q</f>"}},
      {"at_least_one",
       triggered(R"(, "at_least_one": true)"),
       {"<f=a>1</f>", "<f=a>1</f>y", "<f=a>1</f><f=b>q</f>", "<f=a>1</f>y<f=b>z</f>w"},
       {"", "x", "x<f=a>1</f>", "<<f=a>1</f>"}},
      {"exactly one",
       triggered(R"(, "at_least_one": true, "stop_after_first": true)"),
       {"<f=a>1</f>"},
       {"", "x<f=a>1</f>", "<f=a>1</f>y"}},
      {"excludes",
       triggered(R"(, "excludes": ["</think>"])"),
       {"a</think", "<f=b></think></f>"},
       {"a</think>"}},
      {"triggers that overlap",
       R"({"type": "triggered_tags", "triggers": ["aa", "ab"], "tags": [
          {"type": "tag", "begin": "aax", "content": {"type": "const_string", "value": ""}, "end": "!"},
          {"type": "tag", "begin": "aby", "content": {"type": "const_string", "value": ""}, "end": "!"}]})",
       {"aax!", "caby!", "a", "baax!"},
       {"aaax!", "aaby!", "ab"}},
      {"a trigger in a tag",
       R"({"type": "tag", "begin": "<t>", "end": "</t>", "content": )" + triggered("") + "}",
       {"<t>x<f=a>1</f></t>", "<t></t>"},
       {"<t>x</t></t>", "<t><f=a>1</f>"}},
      {"tags_with_separator",
       separated(""),
       {"", "<f=a>1</f>", "<f=a>1</f>,<f=b>x</f>"},
       {"<f=a>1</f>,", "x"}},
      {"one of tags_with_separator",
       separated(R"(, "stop_after_first": true)"),
       {"", "<f=a>1</f>"},
       {"<f=a>1</f>,<f=b>x</f>"}},
      {"some of tags_with_separator",
       separated(R"(, "at_least_one": true)"),
       {"<f=a>1</f>,<f=b>x</f>"},
       {""}},
      {"token_triggered_tags",
       R"({"type": "token_triggered_tags", "trigger_tokens": ["<think>"], "exclude_tokens": [12],
          "tags": [{"type": "tag", "begin": {"type": "token", "token": 10}, "content": {"type": "any_text"}, "end": "!"}]})",
       {"", "x" + control_text(13), "x" + control_text(10) + "a!b"},
       {control_text(12), control_text(10) + "a"}},
      {"dispatch",
       R"({"type": "dispatch", "rules": [["<a>", {"type": "const_string", "value": "1"}],
          ["<b>", {"type": "const_string", "value": "2"}]], "excludes": ["#"]})",
       {"", "x<a>1<b>2y"},
       {"<a>2", "#", "<a>"}},
      {"dispatch once",
       R"({"type": "dispatch", "rules": [["<a>", {"type": "const_string", "value": "1"}]], "loop": false})",
       {"x<a>1", "x"},
       {"<a>1x"}},
      {"parameters",
       R"({"type": "qwen_xml_parameter", "json_schema": {"type": "object", "properties":
          {"name": {"type": "string"}, "age": {"type": "integer"}, "sex": {"type": "string", "enum": ["m", "f"]}},
          "required": ["name"]}})",
       {"<parameter=name>Bob</parameter><parameter=age>100</parameter>",
        "<parameter=name>\nBob\n</parameter>\n<parameter=age>\n100\n</parameter>\n",
        "\n<parameter=name>a<b</parameter>", "<parameter=name></parameter><parameter=sex>f</parameter>"},
       {"<parameter=age>1</parameter>", "<parameter=name>B</parameter><parameter=x>1</parameter>",
        "<parameter=name>B</parameter><parameter=age>x</parameter>",
        "<parameter=name>B</parameter><parameter=sex>x</parameter>",
        "<parameter=age>1</parameter><parameter=name>Bob</parameter>"}},
  };
  return kAll;
}

void judge(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const auto grammar = compile_format(one.format);
    ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
    for (const std::string& text : one.taken) EXPECT_TRUE(takes(*grammar, text)) << text;
    for (const std::string& text : one.refused) EXPECT_FALSE(takes(*grammar, text)) << text;
  }
}

TEST(StructuralTag, TakesAndRefuses) { judge(formats()); }
TEST(StructuralTag, TakesAndRefusesTags) { judge(formats_of_tags()); }

TEST(StructuralTag, TakesTheOlderForm) {
  const auto grammar = compile(R"({"type": "structural_tag", "triggers": ["<f="], "structures": [
      {"begin": "<f=a>", "schema": {"type": "integer"}, "end": "</f>"},
      {"begin": "<f=b>", "schema": "{\"type\": \"integer\"}", "end": "</f>"}]})");
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  EXPECT_TRUE(takes(*grammar, "hm <f=a>12</f> so <f=b>3</f>."));
  EXPECT_FALSE(takes(*grammar, "hm <f=a>x</f>"));
  EXPECT_FALSE(may_begin(*grammar, "<f=c"));
}

TEST(StructuralTag, FreeTextLoops) {
  const auto grammar = compile_format(triggered(""));
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  const auto automaton = (*grammar)->make_automaton();
  const Loop loop = automaton->loop(automaton->start());
  EXPECT_EQ(loop.count, Loop::kEndless);
  EXPECT_TRUE(loop.set.beyond_ascii);
  EXPECT_EQ(loop.set.ascii.count(), 127u);
  EXPECT_FALSE(loop.set.ascii['<']);
}

TEST(StructuralTag, RefusesByPlace) {
  EXPECT_THAT(error_of("1"), HasSubstr("\"/format\": a format is an object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("type is missing"));
  EXPECT_THAT(error_of(R"({"type": "x"})"), HasSubstr("formats of type \"x\" are not known"));
  EXPECT_THAT(error_of(R"({"type": "const_string"})"), HasSubstr("value is missing"));
  EXPECT_THAT(error_of(R"({"type": "const_string", "value": "a", "more": 1})"),
              HasSubstr("\"/format/more\": \"more\" is not known"));
  EXPECT_THAT(error_of(R"({"type": "any_text", "max_tokens": 5})"), HasSubstr("max_tokens is not supported"));
  EXPECT_THAT(error_of(R"({"type": "exclude_token"})"), HasSubstr("\"exclude_token\" are not known"));
  EXPECT_THAT(error_of(R"({"type": "json_schema", "json_schema": false})"),
              HasSubstr("\"/format/json_schema\": false"));
  EXPECT_THAT(error_of(R"({"type": "json_schema", "json_schema": true, "style": "glm_xml"})"),
              HasSubstr("the style \"glm_xml\""));
  EXPECT_THAT(error_of(R"({"type": "json_schema", "json_schema": true, "any_order": true})"),
              HasSubstr("any_order"));
  EXPECT_THAT(error_of(R"({"type": "sequence", "elements": [{"type": "regex", "pattern": "("}]})"),
              HasSubstr("\"/format/elements/0\""));
  EXPECT_THAT(error_of(R"({"type": "or", "elements": []})"), HasSubstr("nothing to choose"));
  EXPECT_THAT(error_of(R"({"type": "any_text", "excludes": [""]})"), HasSubstr("empty"));
  EXPECT_THAT(error_of(R"({"type": "token", "token": 100})"), HasSubstr("no token 100"));
  EXPECT_THAT(error_of(R"({"type": "triggered_tags", "triggers": ["<g"], "tags": )" + kTags + "}"),
              HasSubstr("no trigger begins the tag \"<f=a>\""));
  EXPECT_THAT(
      error_of(
          R"({"type": "qwen_xml_parameter", "json_schema": {"properties": {"a": {"type": "string", "pattern": "x"}}}})"),
      HasSubstr("\"pattern\" is not supported for the string \"a\""));
  EXPECT_THAT(error_of(R"({"type": "qwen_xml_parameter", "json_schema": {"oneOf": []}})"),
              HasSubstr("\"oneOf\" is not supported"));
  EXPECT_FALSE(compile("{").has_value());
  EXPECT_FALSE(compile("[]").has_value());
}

TEST(StructuralTag, DepthAndSizeAreLimited) {
  std::string deep = R"({"type": "any_text"})";
  for (int i = 0; i < 500; ++i) deep = R"({"type": "star", "content": )" + deep + "}";
  EXPECT_EQ(compile_format(deep).error().code, ErrorCode::kResourceLimit);
  std::string many = R"({"type": "dispatch", "rules": [)";
  for (int i = 0; i < 1000; ++i) many += R"(["<t>", {"type": "any_text"}],)";
  many.back() = ']';
  EXPECT_EQ(compile_format(many + "}").error().code, ErrorCode::kResourceLimit);
}

}  // namespace
}  // namespace hearth::grammar
