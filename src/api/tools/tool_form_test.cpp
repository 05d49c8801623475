#include "api/tools/tool_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/api_fixture.h"
#include "api/testing/transcripts.h"
#include "api/tools/chat_tools.h"
#include "api/tools/completion_parser.h"
#include "engine/constrain/grammar_source.h"

namespace hearth::api {
namespace {

using testing::json_of;
using testing::sample_tools;
using testing::TranscriptMaker;

class ToolFormTest : public testing::ApiFixture {
 protected:
  grammar::GrammarPtr compiled(const Json& form) const {
    GrammarSource source{.kind = GrammarKind::kStructuralTag, .text = dump_json(form), .choices = {}};
    auto made = compile(source, tokenizer, {});
    EXPECT_TRUE(made.has_value()) << made.error().message << "\n" << source.text;
    return made.value_or(nullptr);
  }

  static bool accepts(const grammar::Grammar& made, std::string_view text) {
    const auto automaton = made.make_automaton();
    grammar::StateId state = automaton->start();
    for (size_t i = 0; i < text.size() && state != grammar::kDeadState; ++i) {
      state = automaton->step(state, uint8_t(text[i]));
    }
    return state != grammar::kDeadState && automaton->accepts(state);
  }

  /// Where a text leaves the grammar.
  static std::string_view refused_at(const grammar::Grammar& made, std::string_view text) {
    const auto automaton = made.make_automaton();
    grammar::StateId state = automaton->start();
    for (size_t i = 0; i < text.size(); ++i) {
      state = automaton->step(state, uint8_t(text[i]));
      if (state == grammar::kDeadState) return text.substr(i);
    }
    return {};
  }
};

TEST_F(ToolFormTest, FreeChoiceHasNone) {
  ToolRequest request{.tools = sample_tools(), .named = {}};
  EXPECT_FALSE(tool_form(request, generic_tool_format(), tokenizer)->has_value());
  request.parallel = false;
  EXPECT_TRUE(tool_form(request, generic_tool_format(), tokenizer)->has_value());
  request.mode = ToolRequest::Mode::kNone;
  EXPECT_FALSE(tool_form(request, generic_tool_format(), tokenizer)->has_value());
}

// What a template writes of past calls is what its model is held to.
TEST_F(ToolFormTest, OfEveryFamilyTakesItsOwnCalls) {
  TranscriptMaker maker(21);
  size_t num_families = 0;
  for (const TranscriptMaker::Family& family : TranscriptMaker::families()) {
    const ToolRequest request{
        .tools = sample_tools(), .mode = ToolRequest::Mode::kRequired, .named = {}, .parallel = true};
    const auto form = tool_form(request, family.tools, tokenizer);
    ASSERT_TRUE(form.has_value() && form->has_value()) << family.name;
    const grammar::GrammarPtr made = compiled(**form);
    ASSERT_NE(made, nullptr) << family.name;
    EXPECT_FALSE(accepts(*made, "")) << family.name;
    EXPECT_FALSE(accepts(*made, "Hello")) << family.name;
    // Harmony's history has the recipient first; these sort their keys, or write them as Python does.
    const bool writes_otherwise = family.name == "trl/gptoss" || family.tools.shape == ToolShape::kGemma ||
                                  family.name == "hunyuan" || family.name.starts_with("trl/lfm2") ||
                                  // This one leaves out the end of a section with one call.
                                  family.name == "trl/deepseek_r1_distill";
    size_t num_taken = 0;
    for (int i = 0; i < 60 && !writes_otherwise; ++i) {
      const auto one = maker.make(family, false);
      if (!one) continue;
      const bool is_flat = std::ranges::all_of(one->turn.calls, [](const testing::Turn::Call& call) {
        return call.name == "stop" || call.name == "write_file";
      });
      // Templates that describe calls and write none have none to take.
      if (!is_flat || one->text.find(one->turn.calls[0].name) == std::string::npos) continue;
      std::string_view text = one->text;
      const std::string empty_thought = family.reasoning.start + family.reasoning.end;
      if (!empty_thought.empty() && text.starts_with(empty_thought)) text.remove_prefix(empty_thought.size());
      // A tab as it is stands in no JSON.
      if (family.tools.shape == ToolShape::kPythonic && text.find('\t') != text.npos) continue;
      while (text.starts_with('\n') && !family.tools.section_open.starts_with('\n')) text.remove_prefix(1);
      ++num_taken;
      EXPECT_TRUE(accepts(*made, text)) << family.name << ":\n"
                                        << text << "\nat: " << refused_at(*made, text);
    }
    num_families += num_taken > 0 ? 1 : 0;
  }
  EXPECT_GE(num_families, 30u);
}

TEST_F(ToolFormTest, HoldsArgumentsToTheirSchema) {
  const ToolRequest request{
      .tools = sample_tools(), .mode = ToolRequest::Mode::kRequired, .named = "write_file", .parallel = true};
  const auto made = compiled(**tool_form(request, generic_tool_format(), tokenizer));
  const auto call = [](std::string_view arguments) {
    return fmt::format("<tool_call>\n{{\"name\": \"write_file\", \"arguments\": {}}}\n</tool_call>",
                       arguments);
  };
  EXPECT_TRUE(accepts(*made, call(R"({"path": "a", "mode": "w"})")));
  EXPECT_FALSE(accepts(*made, call(R"({"path": "a", "mode": "x"})")));
  EXPECT_FALSE(accepts(*made, call(R"({"path": 5})")));
  EXPECT_FALSE(accepts(*made, call(R"({"path": "a", "more": 1})")));
  EXPECT_FALSE(accepts(*made, call(R"({"path": "a"})") + "\n" + call("{}")));
  EXPECT_FALSE(accepts(*made, "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>"));
}

TEST_F(ToolFormTest, StrictToolsLeaveTheChoice) {
  std::vector<Tool> tools = sample_tools()->all();
  for (Tool& tool : tools) tool.strict = true;
  const ToolRequest request{.tools = std::make_shared<const ToolSet>(tools), .named = {}};
  const auto made = compiled(**tool_form(request, generic_tool_format(), tokenizer));
  EXPECT_TRUE(accepts(*made, "Hello there."));
  EXPECT_TRUE(accepts(*made, "So:\n<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>"));
  EXPECT_FALSE(accepts(*made, "So:\n<tool_call>\n{\"name\": \"go\", \"arguments\": {}}\n</tool_call>"));
}

/// `<f=f><p=KEY>VALUE</p></f>`
ToolFormat tagged_format() {
  ToolFormat format;
  format.shape = ToolShape::kTagged;
  format.call_open = "<f=";
  format.name_end = ">";
  format.key_open = "<p=";
  format.key_close = ">";
  format.value_close = "</p>";
  format.call_close = "</f>";
  return format;
}

ToolRequest request_of(std::string_view parameters) {
  Tool tool{.name = "f", .definition = {}, .parameters = json_of(parameters), .strict = true};
  return {.tools = std::make_shared<const ToolSet>(std::vector{tool}),
          .mode = ToolRequest::Mode::kRequired,
          .named = {},
          .parallel = false};
}

TEST_F(ToolFormTest, HoldsBareTextsToTheirSchema) {
  struct Case {
    const char* schema;
    std::vector<std::string> taken, refused;
  };
  const Case cases[] = {
      {R"({"type": "string", "pattern": "^x+$"})", {"x", "xxx"}, {"", "xy", "\"x\""}},
      {R"({"type": "string", "pattern": "b"})", {"abc", "<p>b</"}, {"", "ac"}},
      {R"({"type": "string", "minLength": 2, "maxLength": 3})",
       {"ab", "a\nb", "\xc3\xa9\xc3\xa9"},
       {"a", "abcd"}},
      {R"({"type": "string", "format": "date"})", {"2026-02-28"}, {"2026-02-30", "today"}},
      {R"({"type": "string", "format": "color", "minLength": 1})", {"red"}, {""}},
      {R"({"type": "string", "pattern": "^a", "maxLength": 2, "title": "T"})", {"a", "ab"}, {"b", "abc"}},
      {R"({"type": "string", "const": "a<b"})", {"a<b"}, {"a"}},
      {R"({"anyOf": [{"type": "string", "pattern": "^a$"}, {"type": "string", "maxLength": 1}, {"type": "null"}]})",
       {"a", "", "b"},
       {"null", "ab"}},
      {R"({"type": "string", "allOf": [{"pattern": "a"}, {"pattern": "b"}]})", {"ab", "ba"}, {"a", "b"}},
      {R"({"type": "string", "not": {"pattern": "a"}})", {"b", ""}, {"a", "ba"}},
      {R"({"oneOf": [{"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}]})",
       {"a1", "b"},
       {"c"}},
      {R"({"$ref": "#/$defs/short~1one"})", {"ab"}, {"abc"}},
  };
  for (const Case& one : cases) {
    const ToolRequest request = request_of(fmt::format(
        R"({{"type": "object", "properties": {{"a": {}}}, "required": ["a"], "$defs": {{"short/one": {{"type": "string", "maxLength": 2}}}}}})",
        one.schema));
    const auto made = compiled(**tool_form(request, tagged_format(), tokenizer));
    ASSERT_NE(made, nullptr) << one.schema;
    EXPECT_TRUE(made->warnings().empty()) << one.schema << made->warnings()[0];
    for (const std::string& text : one.taken) {
      EXPECT_TRUE(accepts(*made, "<f=f><p=a>" + text + "</p></f>")) << one.schema << text;
    }
    for (const std::string& text : one.refused) {
      EXPECT_FALSE(accepts(*made, "<f=f><p=a>" + text + "</p></f>")) << one.schema << text;
    }
    EXPECT_FALSE(accepts(*made, "<f=f><p=a>ab</p>ab</p></f>")) << "the mark ends the text";
  }
}

TEST_F(ToolFormTest, SaysWhatABareTextIsNotHeldTo) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type": "string", "maxLength": 1000000})", "maxLength"},
      {R"({"type": "string", "if": {"pattern": "a"}, "then": {"pattern": "b"}})", "if"},
      {R"({"oneOf": [{"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}]})", "oneOf"},
      {R"({"type": "string", "not": {"minLength": 1000000}})", "not"},
      {R"({"type": "string", "$ref": "other.json"})", "$ref"},
  };
  for (const auto& [schema, name] : cases) {
    const ToolRequest request = request_of(
        fmt::format(R"({{"type": "object", "properties": {{"a": {}}}, "required": ["a"]}})", schema));
    const auto made = compiled(**tool_form(request, tagged_format(), tokenizer));
    ASSERT_NE(made, nullptr) << schema;
    EXPECT_THAT(made->warnings(),
                ::testing::ElementsAre(
                    fmt::format("tools: f: /properties/a/{} is not enforced in the model's form", name)));
    EXPECT_TRUE(accepts(*made, "<f=f><p=a>anything</p></f>"));
  }
}

// The prompt of a model that knows no tools says what they are, and has past calls as text.
TEST_F(ToolFormTest, TellsModelsThatKnowNoTools) {
  const ToolRequest request{.tools = sample_tools(), .named = {}};
  ChatPrompt prompt;
  prompt.messages = json_of(R"([{"role": "user", "content": "a"},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
        "function": {"name": "stop", "arguments": "{\"x\": 1}"}}]},
      {"role": "tool", "content": "done", "tool_call_id": "1"}])");
  offer_tools(request, model, prompt);
  ASSERT_EQ(prompt.messages.size(), 4u);
  EXPECT_NE(prompt.messages[0]["content"].get<std::string>().find("get_weather"), std::string::npos);
  EXPECT_EQ(prompt.messages[2]["content"],
            "<tool_call>\n{\"name\": \"stop\", \"arguments\": {\"x\": 1}}\n</tool_call>");
  EXPECT_EQ(prompt.messages[3],
            json_of(R"({"role": "user", "content": "<tool_response>\ndone\n</tool_response>"})"));
  EXPECT_TRUE(prompt.tools.empty());
}

TEST_F(ToolFormTest, IdsSayWhichCallTheyAreOf) {
  model.tools.shape = ToolShape::kNamedJson;
  model.tools.indexed_ids = true;
  model.tools.name_prefix = "functions.";
  ChatPrompt prompt;
  prompt.messages =
      json_of(R"([{"role": "assistant", "content": null, "tool_calls": [{"id": "x", "type": "function",
        "function": {"name": "stop", "arguments": "{}"}}, {"id": "y", "type": "function",
        "function": {"name": "go", "arguments": "{}"}}]}, {"role": "tool", "content": "b", "tool_call_id": "y"}])");
  offer_tools({.named = {}}, model, prompt);
  EXPECT_EQ(prompt.messages[0]["tool_calls"][1]["id"], "functions.go:1");
  EXPECT_EQ(prompt.messages[1]["tool_call_id"], "functions.go:1");
}

}  // namespace
}  // namespace hearth::api
