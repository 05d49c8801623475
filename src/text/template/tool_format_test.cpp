#include "text/template/tool_format.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/template/chat_template.h"
#include "text/template/reasoning_format.h"
#include "text/testing/template_fixture.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string_view name_of(ToolShape shape) {
  static constexpr std::string_view kNames[] = {"none",     "json",  "named json", "tagged",
                                                "pythonic", "gemma", "harmony"};
  return kNames[size_t(shape)];
}

Json description(const ToolFormat &format) {
  Json described = {{"shape", name_of(format.shape)}};
  const auto add = [&](const char *name, const std::string &mark) {
    if (!mark.empty()) described[name] = mark;
  };
  add("section_open", format.section_open);
  add("call_open", format.call_open);
  add("name_end", format.name_end);
  add("call_close", format.call_close);
  add("separator", format.separator);
  add("section_close", format.section_close);
  add("name_key", format.name_key);
  add("arguments_key", format.arguments_key);
  add("id_key", format.id_key);
  add("key_open", format.key_open);
  add("key_close", format.key_close);
  add("value_close", format.value_close);
  add("name_prefix", format.name_prefix);
  if (!format.parallel) described["parallel"] = false;
  if (format.begun_by_prompt) described["begun_by_prompt"] = true;
  if (format.indexed_ids) described["indexed_ids"] = true;
  if (format.arguments_as_text) described["arguments_as_text"] = true;
  for (const ToolFormat::Trigger &trigger : format.triggers()) {
    Json words = Json::array();
    words.push_back(trigger.mark);
    for (const std::string &mark : trigger.rest) words.push_back(mark);
    described["triggers"].push_back(words);
  }
  return described;
}

Json description(const ReasoningFormat &format) {
  if (!format.thinks()) return nullptr;
  Json described = {{"start", format.start}, {"end", format.end}};
  if (format.in_channels) described = {{"in_channels", true}};
  if (!format.switch_name.empty()) described["switch"] = format.switch_name;
  return described;
}

ChatTemplate parsed(const std::string &source) {
  auto chat_template = ChatTemplate::parse(source, {.bos_token = "<s>", .eos_token = "</s>"});
  if (!chat_template) throw std::runtime_error(chat_template.error().message);
  return *std::move(chat_template);
}

// Every template of the corpus: what its calls and its thoughts look like, from
// the template alone.
TEST(ToolFormat, IsFoundInEveryTemplate) {
  const Json expected = testing::load_template_fixture("tool_formats.json");
  const auto templates = testing::load_templates();
  ASSERT_EQ(expected.size(), templates.size());
  for (const auto &[name, source] : templates) {
    ASSERT_TRUE(expected.contains(name)) << name;
    const ChatTemplate chat_template = parsed(source);
    const Json found = {{"tools", description(find_tool_format(chat_template))},
                        {"reasoning", description(find_reasoning_format(chat_template))}};
    EXPECT_EQ(found, expected[name]) << name;
  }
}

TEST(ToolFormat, OfATemplateThatCannotBeRendered) {
  const ToolFormat format = find_tool_format(parsed("{{ raise_exception('no') }}{{ tools }}"));
  EXPECT_EQ(format.shape, ToolShape::kNone);
  EXPECT_THAT(format.triggers(), IsEmpty());
}

// Of a costly template one rendering is enough.
TEST(ToolFormat, OfABomb) {
  const ToolFormat format =
      find_tool_format(parsed("{% for i in range(99999999) %}{% for m in "
                              "messages %}{{ tools }}{% endfor %}"
                              "{% endfor %}"));
  EXPECT_EQ(format.shape, ToolShape::kNone);
}

TEST(ToolFormat, OfAFamilyThatNobodyHasSeen) {
  const ChatTemplate chat_template = parsed(
      "{% for m in messages %}@@{{ m.role }}: {{ m.content }}"
      "{% for c in m.tool_calls %}{{ '<acts>' if loop.first }}<act {{ "
      "c.function.name }}>"
      "{{ c.function.arguments | tojson }}</act>{{ '</acts>' if loop.last }}{% "
      "endfor %}$$\n{% endfor %}"
      "{% if add_generation_prompt %}@@assistant: {% endif %}{{ tools }}");
  const ToolFormat format = find_tool_format(chat_template);
  EXPECT_EQ(format.shape, ToolShape::kNamedJson);
  EXPECT_EQ(format.section_open, "<acts>");
  EXPECT_EQ(format.call_open, "<act ");
  EXPECT_EQ(format.name_end, ">");
  EXPECT_EQ(format.call_close, "</act>");
  EXPECT_EQ(format.section_close, "</acts>");
  const auto triggers = format.triggers();
  ASSERT_EQ(triggers.size(), 2u);
  EXPECT_EQ(triggers[0].mark, "<acts>");
  EXPECT_THAT(triggers[0].rest, ElementsAre("<act"));
  EXPECT_EQ(triggers[1].mark, "<act");
}

TEST(ReasoningFormat, OpensInThePrompt) {
  const ReasoningFormat format = {.start = "<think>", .end = "</think>", .switch_name = {}};
  EXPECT_TRUE(format.is_open_at_end("a<think>"));
  EXPECT_TRUE(format.is_open_at_end("a<think>\n"));
  EXPECT_FALSE(format.is_open_at_end("a<think>\n\n</think>\n\n"));
  EXPECT_FALSE(format.is_open_at_end(""));
  EXPECT_FALSE(ReasoningFormat().is_open_at_end(""));
}

}  // namespace
}  // namespace hearth
