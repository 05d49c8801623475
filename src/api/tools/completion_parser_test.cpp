#include "api/tools/completion_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/transcripts.h"
#include "base/sanitizer.h"
#include "text/testing/template_fixture.h"

namespace hearth::api {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::Read;
using testing::read_pieces;
using testing::read_whole;
using testing::sample_tools;
using ::testing::SizeIs;
using testing::Transcript;
using testing::TranscriptMaker;
using testing::Turn;

CompletionForm form_of(const std::string& name) {
  static const auto kTemplates = testing::load_templates();
  const auto parsed = ChatTemplate::parse(kTemplates.at(name), {.bos_token = "<s>", .eos_token = "</s>"});
  return {.tools = find_tool_format(*parsed),
          .reasoning = find_reasoning_format(*parsed),
          .tool_set = sample_tools()};
}

/// A transcript whole and in pieces; and that every cut in two gives the same.
Read read(const CompletionForm& form, std::string_view text) {
  const Read whole = read_whole(form, text);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(read_pieces(form, {text.substr(0, cut), text.substr(cut)}), whole) << text << " cut at " << cut;
  }
  return whole;
}

using Calls = std::vector<std::pair<std::string, nlohmann::json>>;

Calls calls_of(const Read& read) {
  Calls calls;
  for (const auto& [name, arguments] : read.calls) {
    auto parsed = nlohmann::json::parse(arguments, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << arguments;
    calls.emplace_back(name, std::move(parsed));
  }
  return calls;
}

nlohmann::json weather(const char* city) { return {{"city", city}}; }

// Calls -----------------------------------------------------------------------------------------------------

TEST(CompletionParser, JsonInATag) {
  const CompletionForm form = form_of("trl/qwen3");
  const Read plain = read(form, " Hello there.\n\n");
  EXPECT_EQ(plain.content, " Hello there.\n\n");
  EXPECT_THAT(plain.calls, IsEmpty());

  const Read one = read(form,
                        "<think>\nhm\n</think>\n\nI look.\n<tool_call>\n{\"name\": \"get_weather\", "
                        "\"arguments\": {\"city\": \"}{ <tool_call>\"}}\n</tool_call>");
  EXPECT_EQ(one.reasoning, "hm");
  EXPECT_EQ(one.content, "I look.");
  EXPECT_THAT(calls_of(one), ElementsAre(Pair("get_weather", weather("}{ <tool_call>"))));
  EXPECT_THAT(one.warnings, IsEmpty());

  // Arguments keep their text, to the byte.
  const Read exact =
      read(form, R"(<tool_call>{"name":"f","arguments":{ "a" :1.50,"b":"\u00e9\/" }}</tool_call>)");
  EXPECT_EQ(exact.calls.at(0).second, R"({ "a" :1.50,"b":"\u00e9\/" })");
}

TEST(CompletionParser, OrderOfMembersAndArgumentsAsText) {
  const CompletionForm form = form_of("trl/qwen2_5");
  const Read turned =
      read(form, R"(<tool_call>{"arguments": {"city": "a"}, "id": 7, "name": "stop"}</tool_call>)");
  EXPECT_THAT(calls_of(turned), ElementsAre(Pair("stop", weather("a"))));
  const Read text =
      read(form, R"(<tool_call>{"name": "stop", "arguments": "{\"city\": \"b\"}"}</tool_call>)");
  EXPECT_THAT(calls_of(text), ElementsAre(Pair("stop", weather("b"))));
  for (const char* nothing : {R"(<tool_call>{"name": "stop"}</tool_call>)",
                              R"(<tool_call>{"name": "stop", "arguments": null}</tool_call>)",
                              R"(<tool_call>{"name": "stop", "arguments": ""}</tool_call>)"}) {
    EXPECT_THAT(calls_of(read(form, nothing)), ElementsAre(Pair("stop", nlohmann::json::object())));
  }
}

TEST(CompletionParser, StrayMarksAreText) {
  const CompletionForm form = form_of("trl/qwen2_5");
  const Read stray =
      read(form, "Use <tool_call> so: <tool_call>{\"name\": \"stop\", \"arguments\": {}}</tool_call>");
  EXPECT_EQ(stray.content, "Use <tool_call> so:");
  EXPECT_THAT(calls_of(stray), ElementsAre(Pair("stop", nlohmann::json::object())));
  EXPECT_THAT(stray.warnings, SizeIs(1));
  const Read twice = read(form, "<tool_call><tool_call>{\"name\": \"stop\"}</tool_call>");
  EXPECT_THAT(calls_of(twice), ElementsAre(Pair("stop", nlohmann::json::object())));
  const Read broken = read(form, "<tool_call>{\"name\": oops}</tool_call>");
  EXPECT_EQ(broken.content, "<tool_call>{\"name\": oops}</tool_call>");
  EXPECT_THAT(broken.calls, IsEmpty());
}

TEST(CompletionParser, BrokenArgumentsAreKept) {
  const CompletionForm form = form_of("trl/qwen2_5");
  const Read broken =
      read(form, "<tool_call>{\"name\": \"stop\", \"arguments\": {\"a\": 1 oops}}</tool_call>after");
  EXPECT_THAT(broken.calls, ElementsAre(Pair("stop", "{\"a\": 1 oops}}")));
  EXPECT_EQ(broken.content, "after");
  EXPECT_THAT(broken.warnings, SizeIs(1));
  const Read cut = read(form, "<tool_call>{\"name\": \"stop\", \"arguments\": {\"a\": \"unfin");
  EXPECT_THAT(cut.calls, ElementsAre(Pair("stop", "{\"a\": \"unfin")));
}

TEST(CompletionParser, WhatPythonWritesForJson) {
  const CompletionForm form = form_of("trl/qwen2_5");
  const Read read_as = read(form,
                            "<tool_call>{'name': 'stop', 'arguments': {'a': True, 'b': [None, (1, 2,)], "
                            "'c': 'it\\'s \"so\"', 'd': 'x\ny'}}</tool_call>");
  EXPECT_EQ(read_as.calls.at(0).second,
            R"({"a": true, "b": [null, [1, 2]], "c": "it's \"so\"", "d": "x\ny"})");
}

TEST(CompletionParser, TagsAreTypedBySchema) {
  for (const char* name : {"qwen3_coder", "trl/qwen3_5_think", "trl/nemotron_3_nano"}) {
    const CompletionForm form = form_of(name);
    const Read typed = read(form,
                            "So.\n<tool_call>\n<function=get_weather>\n<parameter=city>\n42\n</parameter>\n"
                            "<parameter=days>\n3\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n"
                            "<parameter=note>\nnull\n</parameter>\n</function>\n</tool_call>");
    EXPECT_EQ(typed.calls.at(0).second, R"({"city": "42", "days": 3, "exact": true, "note": null})");
    EXPECT_EQ(typed.content, "So.");
    EXPECT_THAT(typed.warnings, IsEmpty());
    // Python is data, whatever it would do.
    const Read data =
        read(form,
             "<tool_call>\n<function=get_weather>\n<parameter=days>\n__import__('os').system('x')\n"
             "</parameter>\n</function>\n</tool_call>");
    EXPECT_EQ(data.calls.at(0).second, R"x({"days": "__import__('os').system('x')"})x");
    // Line breaks of the value's own stay; HTML is text; the outer mark may be missing.
    const Read html =
        read(form, "<function=write_file>\n<parameter=text>\n\n<p>a</p>\n\n</parameter>\n</function>");
    EXPECT_EQ(html.calls.at(0).second, R"({"text": "\n<p>a</p>\n"})");
    const Read json = read(form, "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>");
    EXPECT_THAT(json.content, "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>");
  }
}

TEST(CompletionParser, BareJsonIsACallOfKnownToolsAlone) {
  const CompletionForm form = form_of("trl/llama3_1");
  const Read call = read(form, R"({"name": "get_weather", "parameters": {"city": "a"}})");
  EXPECT_THAT(calls_of(call), ElementsAre(Pair("get_weather", weather("a"))));
  const Read two = read(form, R"({"name": "stop", "parameters": {}}; {"name": "stop", "parameters": {}})");
  EXPECT_THAT(two.calls, SizeIs(2));
  const Read tagged = read(form, R"(<|python_tag|>{"name": "stop", "parameters": {}})");
  EXPECT_THAT(calls_of(tagged), ElementsAre(Pair("stop", nlohmann::json::object())));
  const Read built_in = read(form, R"(<|python_tag|>get_weather.call(city="b"))");
  EXPECT_THAT(calls_of(built_in), ElementsAre(Pair("get_weather", weather("b"))));
  for (const char* answer :
       {R"({"name": "Bob", "parameters": {"age": 5}})", R"({"name": "stop"})", R"({"a": [1, 2]})", "{",
        "{ not JSON", R"(See: {"name": "stop", "parameters": {}})"}) {
    const Read text = read(form, answer);
    EXPECT_EQ(text.content, answer);
    EXPECT_THAT(text.calls, IsEmpty());
    EXPECT_THAT(text.warnings, IsEmpty());
  }
}

TEST(CompletionParser, Pythonic) {
  for (const char* name : {"llama_pythonic", "trl/lfm2"}) {
    const CompletionForm form = form_of(name);
    const bool has_marks = std::string_view(name) == "trl/lfm2";
    const Read calls = read(
        form,
        std::string(has_marks ? "<|tool_call_start|>" : "") +
            R"([get_weather(city="it's", days=3, exact=True, note=None), search-all(query={"a": [1, True]}), stop()])" +
            (has_marks ? "<|tool_call_end|>" : ""));
    ASSERT_THAT(calls.calls, SizeIs(3));
    EXPECT_EQ(calls.calls[0].second, R"({"city": "it's", "days": 3, "exact": true, "note": null})");
    EXPECT_EQ(calls.calls[1].second, R"({"query": {"a": [1, true]}})");
    EXPECT_EQ(calls.calls[2].second, "{}");
    EXPECT_EQ(calls.content, "");
    EXPECT_EQ(read(form, "[1] is a reference").content, "[1] is a reference");
  }
}

TEST(CompletionParser, MistralInBothForms) {
  const CompletionForm old_form = form_of("axolotl/mistral_v3_tekken"), new_form = form_of("mistral_think");
  for (const CompletionForm* form : {&old_form, &new_form}) {
    const Read list = read(
        *form,
        R"([TOOL_CALLS][{"name": "stop", "arguments": {}, "id": "abcdefghi"}, {"name": "get_weather", "arguments": {"city": "a"}, "id": "bcdefghij"}])");
    EXPECT_THAT(calls_of(list),
                ElementsAre(Pair("stop", nlohmann::json::object()), Pair("get_weather", weather("a"))));
    EXPECT_EQ(list.content, "");
    for (const char* id : {"", "[CALL_ID]abcdefghi"}) {
      const Read named = read(*form, fmt::format("[TOOL_CALLS]get_weather{}[ARGS]{{\"city\": \"a\"}}", id));
      EXPECT_THAT(calls_of(named), ElementsAre(Pair("get_weather", weather("a"))));
    }
  }
  const Read thought = read(new_form, "[THINK]hm[/THINK]Hello");
  EXPECT_EQ(thought.reasoning, "hm");
  EXPECT_EQ(thought.content, "Hello");
}

TEST(CompletionParser, DeepSeekAndItsLookAlikes) {
  const CompletionForm form = form_of("trl/deepseekv3");
  const std::string real =
      "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>function<"
      "\uff5ctool\u2581sep\uff5c>get_weather\n```json\n{\"city\": "
      "\"a\"}\n```"
      "<\uff5ctool\u2581call\u2581end\uff5c>\n<\uff5ctool\u2581call\u2581begin\uff5c>function<"
      "\uff5ctool\u2581sep\uff5c>stop\n```json\n{}\n```<"
      "\uff5ctool\u2581call\u2581end\uff5c>"
      "<\uff5ctool\u2581calls\u2581end\uff5c>";
  std::string ascii = real, wide = real;
  const auto replace = [](std::string& text, std::string_view what, std::string_view by) {
    for (size_t at = text.find(what); at != text.npos; at = text.find(what, at))
      text.replace(at, what.size(), by);
  };
  replace(ascii, "\uff5c", "|");
  replace(ascii, "\u2581", "_");
  replace(wide, "\u2581", " ");
  for (const std::string& text : {real, ascii, wide}) {
    const Read calls = read(form, text);
    EXPECT_THAT(calls_of(calls),
                ElementsAre(Pair("get_weather", weather("a")), Pair("stop", nlohmann::json::object())));
    EXPECT_EQ(calls.content, "");
    EXPECT_THAT(calls.warnings, IsEmpty());
  }
  const Read v31 = read(form_of("deepseek_v3_1"),
                        "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>stop<"
                        "\uff5ctool\u2581sep\uff5c>{}<\uff5ctool\u2581call\u2581end\uff5c><"
                        "\uff5ctool\u2581calls\u2581end\uff5c>");
  EXPECT_THAT(calls_of(v31), ElementsAre(Pair("stop", nlohmann::json::object())));
}

TEST(CompletionParser, AttributesSayWhatIsText) {
  const Read calls =
      read(form_of("deepseek_v3_2"),
           "<\uff5cDSML\uff5cfunction_calls>\n<\uff5cDSML\uff5cinvoke name=\"unknown\">\n"
           "<\uff5cDSML\uff5cparameter name=\"a\" string=\"true\">5</\uff5cDSML\uff5cparameter>\n"
           "<\uff5cDSML\uff5cparameter name=\"b\" string=\"false\">5</\uff5cDSML\uff5cparameter>\n"
           "</\uff5cDSML\uff5cinvoke>\n</\uff5cDSML\uff5cfunction_calls>");
  EXPECT_EQ(calls.calls.at(0).second, R"({"a": "5", "b": 5})");
  EXPECT_EQ(calls.content, "");
}

TEST(CompletionParser, HarmonyHeadersInAnyOrder) {
  const CompletionForm form = form_of("trl/gptoss");
  for (const char* call :
       {"<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\": "
        "\"a\"}<|call|>",
        " to=functions.get_weather<|channel|>commentary json<|message|>{\"city\": \"a\"}<|call|>",
        "<|channel|>commentary to=functions.get_weather<|constrain|>json<|message|>{\"city\": \"a\"}",
        "<|start|>assistant<|channel|>analysis to=functions.get_weather code<|message|>{\"city\": \"a\"}"}) {
    const Read alone = read(form, call);
    EXPECT_THAT(calls_of(alone), ElementsAre(Pair("get_weather", weather("a")))) << call;
    EXPECT_EQ(alone.content, "");
    const Read after =
        read(form, std::string("<|channel|>analysis<|message|>hm<|end|><|start|>assistant") + call);
    EXPECT_EQ(after.reasoning, "hm");
    EXPECT_THAT(calls_of(after), ElementsAre(Pair("get_weather", weather("a"))));
  }
  const Read final = read(
      form,
      "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>");
  EXPECT_EQ(final.reasoning, "hm");
  EXPECT_EQ(final.content, "Yes.");
  // What has no header is text, whatever it is.
  for (const char* text : {"Just text.", "assistant of mine", "finally", "to be", "commentary follows"}) {
    EXPECT_EQ(read(form, text).content, text);
  }
  EXPECT_EQ(read(form, "<|channel|>nonsense that goes nowhere").content, "nonsense that goes nowhere");
  const Read none = read(form, "<|channel|>commentary to=functions.stop<|message|><|call|>");
  EXPECT_THAT(calls_of(none), ElementsAre(Pair("stop", nlohmann::json::object())));
  const Read broken = read(form, "<|channel|>commentary to=functions.stop<|message|>oops<|call|>");
  EXPECT_THAT(broken.calls, ElementsAre(Pair("stop", "oops")));
  EXPECT_THAT(broken.warnings, SizeIs(1));
}

TEST(CompletionParser, FunctionaryGoesOnFromThePrompt) {
  const CompletionForm form = form_of("functionary_v3");
  const Read both = read(form, "all\nI look.\n>>>get_weather\n{\"city\": \"a\"}>>>stop\n{}");
  EXPECT_EQ(both.content, "I look.");
  EXPECT_THAT(calls_of(both),
              ElementsAre(Pair("get_weather", weather("a")), Pair("stop", nlohmann::json::object())));
  EXPECT_THAT(calls_of(read(form, "stop\n{}")), ElementsAre(Pair("stop", nlohmann::json::object())));
  EXPECT_EQ(read(form, "Something else").content, "Something else");
}

TEST(CompletionParser, KimiNamesWithIndex) {
  const Read calls =
      read(form_of("kimi_k2"),
           "<|tool_calls_section_begin|><|tool_call_begin|>functions.stop:0<|tool_call_argument_begin|>{}"
           "<|tool_call_end|><|tool_call_begin|>functions.get_weather:1<|tool_call_argument_begin|>"
           "{\"city\": \"a\"}<|tool_call_end|><|tool_calls_section_end|>");
  EXPECT_THAT(calls_of(calls),
              ElementsAre(Pair("stop", nlohmann::json::object()), Pair("get_weather", weather("a"))));
  EXPECT_EQ(calls.content, "");
}

TEST(CompletionParser, WithoutToolsCallsAreText) {
  CompletionForm form = form_of("trl/qwen3");
  form.tool_set = nullptr;
  const std::string text = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>";
  EXPECT_EQ(read(form, text).content, text);
}

// Thoughts --------------------------------------------------------------------------------------------------

TEST(CompletionParser, Thoughts) {
  CompletionForm form = form_of("trl/qwen3");
  const auto split = [&](std::string_view text) {
    const Read said = read(form, text);
    return std::pair(said.reasoning, said.content);
  };
  EXPECT_EQ(split("<think>\na\n</think>\n\nb"), std::pair("a"s, "b"s));
  EXPECT_EQ(split("<think>\n\n</think>\n\nb"), std::pair(""s, "b"s));
  EXPECT_EQ(split("<think>unclosed"), std::pair("unclosed"s, ""s));
  EXPECT_EQ(split("b <think> c"), std::pair(""s, "b <think> c"s));
  EXPECT_EQ(split("<thin"), std::pair(""s, "<thin"s));
  EXPECT_EQ(split("a</think>b"), std::pair(""s, "ab"s));
  form.begins_in_thought = true;
  EXPECT_EQ(split("\na\n</think>\n\nb"), std::pair("a"s, "b"s));
  EXPECT_EQ(split("a, cut off"), std::pair("a, cut off"s, ""s));
  EXPECT_EQ(split("a</think>b </think> c"), std::pair("a"s, "b </think> c"s));
  // A call ends a thought; a mark in the thought does not.
  const Read called = read(form, "I use <tool_call> now <tool_call>{\"name\": \"stop\"}</tool_call>");
  EXPECT_EQ(called.reasoning, "I use <tool_call> now");
  EXPECT_THAT(called.calls, SizeIs(1));
  form.begins_in_thought = false;
  form.has_thought = true;
  EXPECT_EQ(split("The mark is </think>."), std::pair(""s, "The mark is </think>."s));
}

TEST(CompletionParser, CountsTokensOfThoughts) {
  CompletionForm form = form_of("trl/qwen3");
  EXPECT_EQ(read_pieces(form, {"<think>", "a", "b", "</think>", "\n\n", "c"}).num_reasoning_tokens, 4u);
  EXPECT_EQ(read_pieces(form, {"a", "b"}).num_reasoning_tokens, 0u);
  form.begins_in_thought = true;
  EXPECT_EQ(read_pieces(form, {"a", "b", "</think>", "c"}).num_reasoning_tokens, 3u);
  EXPECT_EQ(read_pieces(form_of("trl/gptoss"),
                        {"<|channel|>", "analysis", "<|message|>", "hm", "<|end|>", "<|start|>", "assistant",
                         "<|channel|>", "final", "<|message|>", "x"})
                .num_reasoning_tokens,
            3u);
}

// All families ----------------------------------------------------------------------------------------------

/// The calls, whatever the order of their arguments.
Calls calls_of(const Turn& turn) {
  Calls calls;
  for (const Turn::Call& call : turn.calls) calls.emplace_back(call.name, nlohmann::json(call.arguments));
  return calls;
}

std::vector<Transcript> transcripts(size_t count, uint32_t seed) {
  TranscriptMaker maker(seed);
  const auto families = TranscriptMaker::families();
  std::vector<Transcript> made;
  for (size_t i = 0; made.size() < count && i < count * 4; ++i) {
    if (auto one = maker.make(families[i % families.size()], i / families.size() % 2 == 1)) {
      made.push_back(*std::move(one));
    }
  }
  return made;
}

// The history that each template writes is read back: calls, and the text and thoughts that it writes.
TEST(CompletionParser, RoundTripsThroughEveryTemplate) {
  TranscriptMaker maker(7);
  size_t num_families = 0, num_calls = 0;
  for (const TranscriptMaker::Family& family : TranscriptMaker::families()) {
    bool came = false;
    for (int i = 0; i < 60; ++i) {
      const auto one = maker.make(family, false);
      if (!one) continue;
      const Read said = read_whole(one->form, one->text);
      // Templates that describe calls and write none of the past have none to read.
      if (said.calls.empty() && one->text.find(one->turn.calls[0].name) == one->text.npos) continue;
      came = true;
      EXPECT_EQ(calls_of(said), calls_of(one->turn)) << family.name << ":\n" << one->text;
      EXPECT_EQ(said.content, "") << family.name << ":\n" << one->text;
      EXPECT_THAT(said.warnings, IsEmpty()) << family.name << ":\n" << one->text;
      num_calls += said.calls.size();
    }
    num_families += came ? 1 : 0;
  }
  EXPECT_GE(num_families, 40u);
  EXPECT_GE(num_calls, 2000u);
}

// Sanitizers make it slow.
constexpr size_t kStride = kSanitized ? 16 : 1;

TEST(CompletionParser, EveryCutGivesTheSameMessage) {
  std::mt19937 random(11);
  const auto all = transcripts(2000, 3);
  ASSERT_GE(all.size(), 2000u);
  for (const Transcript& one : all) {
    const std::string_view text = one.text;
    const Read whole = read_whole(one.form, text);
    std::vector<std::string_view> bytes;
    for (size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    ASSERT_EQ(read_pieces(one.form, bytes), whole) << one.family << "\n" << text;
    for (size_t cut = random() % kStride; cut <= text.size(); cut += kStride) {
      ASSERT_EQ(read_pieces(one.form, {text.substr(0, cut), text.substr(cut)}), whole)
          << text << " at " << cut;
    }
    std::vector<std::string_view> pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t size = random() % 12;
      pieces.push_back(text.substr(at, size));
      at += size;
    }
    ASSERT_EQ(read_pieces(one.form, pieces), whole) << one.family << "\n" << text;
  }
}

/// Words that nothing else contains, so that one can see whether they were lost.
std::vector<std::string> marked_words(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = text.find("WORD"); at != text.npos; at = text.find("WORD", at + 4)) {
    const std::string_view word = text.substr(at, 8);
    if (word.size() == 8 && word.find_first_not_of("0123456789", 4) == word.npos) words.emplace_back(word);
  }
  return words;
}

TEST(CompletionParser, MutationsLoseNoText) {
  std::mt19937 random(5);
  size_t num_made = 0;
  for (const Transcript& one : transcripts(1000, 9)) {
    for (int i = 0; i < 10; ++i) {
      std::string text = one.text;
      // Words in the text of strings and of the message.
      for (size_t at = text.find("word"), n = 0; at != text.npos; at = text.find("word", at + 8), ++n) {
        text.replace(at, 4, fmt::format("WORD{:04}", n));
      }
      for (size_t edits = random() % 3 + 1; edits > 0 && !text.empty(); --edits) {
        const size_t at = random() % text.size(), size = random() % 6 + 1;
        switch (random() % 4) {
          case 0:
            text.erase(at, size);
            break;
          case 1:
            text.insert(at, text.substr(random() % text.size(), size * 3));
            break;
          case 2:
            text[at] = "<>{}[]\"'\\,:|x\n"[random() % 14];
            break;
          default:
            text.resize(at);
        }
      }
      ++num_made;
      const Read whole = read_whole(one.form, text);
      std::vector<std::string_view> bytes;
      for (size_t j = 0; j < text.size(); ++j) bytes.push_back(std::string_view(text).substr(j, 1));
      ASSERT_EQ(read_pieces(one.form, bytes), whole) << one.family << "\n" << text;
      std::string kept = whole.reasoning + "\n" + whole.content;
      for (const auto& [name, arguments] : whole.calls) kept += "\n" + name + "\n" + arguments;
      for (const std::string& word : marked_words(text)) {
        ASSERT_NE(kept.find(word), kept.npos) << word << " of " << one.family << "\n"
                                              << text << "\n--\n"
                                              << kept;
      }
    }
  }
  EXPECT_GE(num_made, 10'000u);
}

// Behind a whole call nothing of a mark that is cut off becomes text, in no family, wherever it is cut.
TEST(CompletionParser, CutMarksBehindACallAreNoText) {
  TranscriptMaker maker(7);
  size_t num_cut = 0;
  for (const TranscriptMaker::Family& family : TranscriptMaker::families()) {
    for (int i = 0; i < 3; ++i) {
      const auto made = maker.make(family, false);
      if (!made) continue;
      const Read whole = read_whole(made->form, made->text);
      ASSERT_FALSE(whole.calls.empty()) << family.name;
      for (size_t size = made->text.size(); size > 0; --size) {
        const Read cut = read_whole(made->form, std::string_view(made->text).substr(0, size));
        if (cut.calls.empty() || cut.calls[0] != whole.calls[0]) break;
        EXPECT_EQ(cut.content, whole.content) << family.name << "\n" << made->text.substr(0, size);
        ++num_cut;
      }
    }
  }
  EXPECT_GE(num_cut, 1000u);
}

TEST(CompletionParser, WhatIsSaidBehindACallStays) {
  const CompletionForm form = form_of("trl/qwen2_5");
  const std::string call = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>";
  EXPECT_EQ(read(form, call + "\nSo </too").content, "So </too");
  EXPECT_EQ(read(form, call + "\n</div").content, "</div");
  EXPECT_EQ(read(form, call + "\n<tool_call>\n{\"name\": \"st").content, "");
  EXPECT_EQ(read(form, "</tool_ca").content, "</tool_ca");
}

// A long argument: each character is read a bounded number of times, whatever the family.
TEST(CompletionParser, WorkIsLinear) {
  const size_t size = size_t(1) << 20;
  for (const TranscriptMaker::Family& family : TranscriptMaker::families()) {
    if (family.tools.shape == ToolShape::kHarmony) continue;
    const ToolFormat& format = family.tools;
    const bool is_json = format.shape == ToolShape::kJson || format.shape == ToolShape::kNamedJson;
    const std::string value(size, 'x');
    std::string arguments = fmt::format("{{\"path\": \"{}\"}}", value);
    if (format.shape == ToolShape::kTagged) {
      arguments = format.key_open + "path" + format.key_close + value + format.value_close;
    } else if (!is_json) {
      arguments =
          (format.shape == ToolShape::kGemma ? "path:<|\"|>" + value + "<|\"|>" : "path='" + value + "'");
    }
    std::string text = format.section_open + format.call_open + "write_file" + format.name_end + arguments +
                       format.call_close + format.section_close;
    for (char& c : text) c = c == ToolFormat::kIdMark ? '9' : c;
    const CompletionForm form = {.tools = format, .reasoning = {}, .tool_set = sample_tools()};
    const auto parser = make_completion_parser(form);
    std::vector<OutputPart> parts;
    parser->push(0, text, parts);
    parser->finish("", parts);
    EXPECT_GE(text_of(parts, PartKind::kToolArguments).size(), size) << family.name;
    EXPECT_LE(parser->num_steps(), text.size() + 1000) << family.name;
  }
}

// Marks that begin and go nowhere, again and again.
TEST(CompletionParser, WorkOnBrokenTextIsLinear) {
  for (const TranscriptMaker::Family& family : TranscriptMaker::families()) {
    std::string mark = family.tools.section_open + family.tools.call_open;
    if (family.tools.shape == ToolShape::kHarmony) mark = "<|start|>assistant<|channel|>";
    for (const std::string& piece :
         {mark, mark + "x", mark + "{\"name\": \"", mark + "a" + family.tools.name_end}) {
      if (piece.empty()) continue;
      std::string text;
      while (text.size() < size_t(1) << 17) text += piece;
      const CompletionForm form = {
          .tools = family.tools, .reasoning = family.reasoning, .tool_set = sample_tools()};
      const auto parser = make_completion_parser(form);
      std::vector<OutputPart> parts;
      parser->push(0, text, parts);
      parser->finish("", parts);
      EXPECT_LE(parser->num_steps(), text.size() * 64) << family.name << ": " << piece;
    }
  }
}

}  // namespace
}  // namespace hearth::api
