#include "text/template/conversation_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/template/message_form.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

ChatTemplate parse(const std::string& source) {
  auto parsed = ChatTemplate::parse(source, {.bos_token = "<s>", .eos_token = "</s>"});
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return std::move(*parsed);
}

using Messages = std::vector<Json>;

std::string write(const std::string& source, const Messages& messages, bool carry_on = false) {
  const auto prompt =
      write_conversation(parse(source), {.messages = Json(messages), .continue_final_message = carry_on});
  return prompt ? prompt->text() : "error: " + prompt.error().message;
}

Json says(const char* role, const Json& content) { return {{"role", role}, {"content", content}}; }

Json texts(const std::vector<std::string>& texts) { return content_of(texts); }

const std::string kPlain = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
const std::string kLooped =
    "{% for m in messages %}<{{ m.role }}>{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ "
    "p['text'] "
    "}}{% endif %}{% endfor %}</>{% endfor %}";
const std::string kEither =
    "{% for m in messages %}<{{ m.role }}>{% if m.content is string %}{{ m.content }}{% else %}{% for p in "
    "m.content %}[{{ p.text|trim }}]{% endfor %}{% endif %}</>{% endfor %}";
const std::string kFirstPart = "{% for m in messages %}<{{ m.role }}>{{ m.content[0].text }}</>{% endfor %}";

TEST(ConversationWriter, GivesTextsInTheFormThatTheTemplateTakes) {
  const Messages one = {says("user", "Where is Oslo?")};
  const Messages two = {says("user", texts({"Where", "is Oslo?"}))};
  for (const std::string& source : {kPlain, kLooped, kEither, kFirstPart}) {
    EXPECT_EQ(write(source, one), "<user>Where is Oslo?</>") << source;
  }
  EXPECT_EQ(write(kPlain, two), "<user>Where\nis Oslo?</>");
  EXPECT_EQ(write(kLooped, two), "<user>Whereis Oslo?</>");
  EXPECT_EQ(write(kEither, two), "<user>[Where][is Oslo?]</>");
  EXPECT_EQ(write(kFirstPart, two), "<user>Where\nis Oslo?</>");
}

TEST(ConversationWriter, TakesEachRoleAsItIs) {
  const std::string source =
      "{% for m in messages %}<{{ m.role }}>{% if m.role == 'user' %}{% for p in m.content %}{{ p.text }}{% "
      "endfor %}{% else %}{{ m.content + '' }}{% endif %}</>{% endfor %}";
  EXPECT_EQ(write(source, {says("system", texts({"a", "b"})), says("user", "c"), says("assistant", "d")}),
            "<system>a\nb</><user>c</><assistant>d</>");
}

TEST(ConversationWriter, MergesSystemMessagesThatAreRefusedOrLeftOut) {
  const Messages late = {says("system", "A"), says("user", "b"), says("system", "C"), says("user", "d")};
  const std::string refuses =
      "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('system "
      "first') "
      "}}{% endif %}<{{ m.role }}>{{ m.content }}</>{% endfor %}";
  EXPECT_EQ(write(refuses, late), "<system>A\n\nC</><user>b</><user>d</>");
  const std::string leaves_out =
      "{% for m in messages %}{% if m.role != 'system' or loop.first %}<{{ m.role }}>{{ m.content }}</>{% "
      "endif "
      "%}{% endfor %}";
  EXPECT_EQ(write(leaves_out, late), "<system>A\n\nC</><user>b</><user>d</>");
  EXPECT_EQ(write(kPlain, late), "<system>A</><user>b</><system>C</><user>d</>");
}

TEST(ConversationWriter, PutsTheSystemInFrontOfTheUserWhereThereIsNoSuchRole) {
  const std::string alternates =
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% if "
      "(m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('must alternate') }}{% endif %}<{{ "
      "m.role }}>{{ m.content }}</>{% endfor %}";
  EXPECT_EQ(write(alternates, {says("system", "S"), says("user", "u")}), "<user>S\n\nu</>");
  EXPECT_EQ(write(alternates, {says("user", "u"), says("user", "v"), says("assistant", "a")}),
            "<user>u\n\nv</><assistant>a</>");
  EXPECT_EQ(write(alternates, {says("user", "u"), says("system", "S"), says("user", "v")}),
            "<user>S\n\nu\n\nv</>");
  EXPECT_EQ(write(alternates, {says("system", "S")}), "<user>S</>");
  // What no arrangement mends keeps the template's own reason.
  EXPECT_EQ(write(alternates, {says("assistant", "a"), says("user", "u")}), "error: must alternate");
}

TEST(ConversationWriter, LosesNoTextInSilence) {
  const std::string no_tools =
      "{% for m in messages %}{% if m.role != 'tool' %}<{{ m.role }}>{{ m.content }}</>{% endif %}{% endfor "
      "%}";
  Json called = says("assistant", nullptr);
  called["tool_calls"] =
      Json::array({{{"id", "c1"}, {"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}}});
  const Messages messages = {says("user", "u"), called, says("tool", "result")};
  EXPECT_EQ(write(no_tools, messages),
            "error: chat template: it leaves out the text of message 3 (role tool)");
  EXPECT_EQ(write(no_tools, {says("user", "u"), says("tool", " \n")}), "<user>u</>");
  // A template may trim, cut and rewrite.
  EXPECT_EQ(write("{% for m in messages %}{{ m.content|trim|upper }}{% endfor %}", {says("user", " a ")}),
            "A");
  EXPECT_THAT(write("{{ messages[-1].content }}", {says("user", "a"), says("user", "b")}), "a\n\nb");
  EXPECT_EQ(write("none", {says("user", "none")}),
            "error: chat template: it leaves out the text of message 1 (role user)");
}

TEST(ConversationWriter, CarriesTheLastTextOnThroughTheTemplate) {
  const Messages tale = {says("user", "Tell me a tale."), says("assistant", "There was once")};
  const std::string chat_ml =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";
  struct Case {
    std::string source, prompt;
  };
  const Case cases[] = {
      {"{{ bos_token }}{% for m in messages %}{% if m.role=='user' %}[INST] {{ m.content }}[/INST]{% else %} "
       "{{ "
       "m.content }}{{ eos_token }}{% endif %}{% endfor %}",
       "<s>[INST] Tell me a tale.[/INST] There was once"},
      {chat_ml + "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n\n</think>\n\n{% endif %}",
       "<|im_start|>user\nTell me a tale.<|im_end|>\n<|im_start|>assistant\nThere was once"},
      {"{% for m in messages %}{% if m.role=='user' %}USER: {{ m.content }} {% else %}ASSISTANT: {{ "
       "m.content "
       "}}{{ eos_token }}{% endif %}{% endfor %}",
       "USER: Tell me a tale. ASSISTANT: There was once"},
      {chat_ml + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
       "<|im_start|>user\nTell me a tale.<|im_end|>\n<|im_start|>assistant\nThere was once"},
      {kLooped, "<user>Tell me a tale.</><assistant>There was once"},
  };
  for (const Case& expected : cases) EXPECT_EQ(write(expected.source, tale, true), expected.prompt);
}

TEST(ConversationWriter, CutsBehindTheLastTextAsTheTemplateWroteIt) {
  const std::string trims = "{% for m in messages %}<{{ m.role }}>{{ m.content|trim }}</>{% endfor %}";
  const Messages spaced = {says("user", "u"), says("assistant", " once \n")};
  EXPECT_EQ(write(kPlain, spaced, true), "<user>u</><assistant> once \n");
  EXPECT_EQ(write(trims, spaced, true), "<user>u</><assistant>once");
  EXPECT_EQ(write(trims, {says("user", "u"), says("assistant", "  ")}, true), "<user>u</><assistant>");
  EXPECT_EQ(write(kPlain, {says("user", "u"), says("assistant", "")}, true), "<user>u</><assistant>");
  EXPECT_EQ(write(kLooped, {says("user", "u"), says("assistant", texts({"a", "b"}))}, true),
            "<user>u</><assistant>ab");
  EXPECT_EQ(write("{{ messages[-1].content }}|{% for m in messages %}<{{ m.content }}>{% endfor %}",
                  {says("user", "u"), says("assistant", "a")}, true),
            "a|<u><a");
  // The text that stands elsewhere too is cut where it stands last.
  EXPECT_EQ(write(kPlain, {says("user", "a"), says("assistant", "a")}, true), "<user>a</><assistant>a");
}

TEST(ConversationWriter, RefusesWhatCannotBeCarriedOn) {
  Json called = says("assistant", nullptr);
  called["tool_calls"] = Json::array();
  const std::string no_text = "error: continue_final_message: the last message has no text";
  EXPECT_THAT(write(kPlain, {says("user", "u"), called}, true), HasSubstr(no_text));
  EXPECT_THAT(write(kPlain, {}, true), HasSubstr(no_text));
  EXPECT_THAT(
      write("{% for m in messages %}{% if m.role == 'user' or not loop.last %}{{ m.content }}{% endif "
            "%}{% endfor %}",
            {says("user", "u"), says("assistant", "a")}, true),
      HasSubstr("error: chat template: it leaves out"));
  EXPECT_THAT(write("{% for m in messages %}{{ m.content|replace('a', 'b') }}{% endfor %}",
                    {says("user", "u"), says("assistant", "a")}, true),
              HasSubstr("does not write the last message as it is"));
}

TEST(ConversationWriter, KeepsTheOriginOfWhatIsCut) {
  const auto prompt = write_conversation(
      parse(kPlain),
      {.messages = Messages{says("user", "u"), says("assistant", "a")}, .continue_final_message = true});
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->ranges().back().end, prompt->text().size());
  EXPECT_EQ(prompt->ranges().back().origin, Origin::kContent);
}

TEST(ConversationWriter, DoesNotTryAgainWhatCostTooMuch) {
  const std::string source =
      "{% if messages[0].content == 'bomb' %}{% for i in range(100000) %}{% for j in range(100000) %}x{% "
      "endfor "
      "%}{% endfor %}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}";
  const auto prompt =
      write_conversation(parse(source), {.messages = Messages{says("user", "bomb"), says("user", "b")}});
  ASSERT_FALSE(prompt.has_value());
  EXPECT_EQ(prompt.error().code, ErrorCode::kResourceLimit);
}

}  // namespace
}  // namespace hearth
