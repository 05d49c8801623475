#include "api/prompt/model_hints.h"

#include "api/anthropic/messages.h"
#include "api/call/api_error.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

struct Read {
  Json variables;
  std::vector<std::string> notes;
};

/// What becomes of the hints of a body under a template that reads `variables`.
Result<Read> read_hints(std::string_view body, std::string_view variables) {
  const auto chat_template = *ChatTemplate::parse(std::string(variables));
  const Json json = json_of(body);
  auto parameters = TRY(Parameters::check(json, hint_parameters(), 0));
  ChatPrompt prompt;
  TRY(read_model_hints(parameters, chat_template, prompt));
  parameters.finish();
  return Read{prompt.variables, prompt.notes};
}

constexpr char kPlain[] = "{{ messages[0].content }}";
constexpr char kSwitch[] = "{{ enable_thinking }}";
constexpr char kEffort[] = "{{ reasoning_effort }}";

TEST(ModelHints, BecomeVariablesWhereTheTemplateHasThem) {
  struct Case {
    const char* body;
    const char* of_template;
    const char* variables;
  };
  const Case cases[] = {
      {R"({"reasoning_effort": "high"})", kEffort, R"({"reasoning_effort": "high"})"},
      {R"({"reasoning": {"effort": "low"}})", kEffort, R"({"reasoning_effort": "low"})"},
      {R"({"output_config": {"effort": "max"}})", kEffort, R"({"reasoning_effort": "max"})"},
      {R"({"think": "medium"})", kEffort, R"({"reasoning_effort": "medium"})"},
      {R"({"reasoning_effort": "none"})", kEffort, R"({"reasoning_effort": "none"})"},
      {R"({"reasoning_effort": "high"})", kSwitch, R"({"enable_thinking": true})"},
      {R"({"reasoning_effort": "none"})", kSwitch, R"({"enable_thinking": false})"},
      {R"({"reasoning": {"enabled": false}})", kSwitch, R"({"enable_thinking": false})"},
      {R"({"thinking": {"type": "enabled"}})", kSwitch, R"({"enable_thinking": true})"},
      {R"({"thinking": {"type": "adaptive"}})", kSwitch, R"({"enable_thinking": true})"},
      {R"({"thinking": {"type": "disabled"}})", kSwitch, R"({"enable_thinking": false})"},
      {R"({"thinking": false})", "{{ thinking }}", R"({"thinking": false})"},
      {R"({"think": false})", kSwitch, R"({"enable_thinking": false})"},
      {R"({"enable_thinking": false})", kSwitch, R"({"enable_thinking": false})"},
      {R"({"verbosity": "low"})", "{{ verbosity }}", R"({"verbosity": "low"})"},
  };
  for (const Case& one : cases) {
    const auto read = read_hints(one.body, one.of_template);
    ASSERT_TRUE(read.has_value()) << one.body << read.error().message;
    EXPECT_EQ(read->variables, json_of(one.variables)) << one.body;
    EXPECT_TRUE(read->notes.empty()) << one.body;
  }
}

TEST(ModelHints, BecomeNotesThatNameTheMemberWhereTheTemplateHasNone) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"reasoning_effort": "high"})", "reasoning_effort"},
      {R"({"reasoning": {"effort": "low", "summary": "auto"}})", "reasoning.effort"},
      {R"({"reasoning": {"enabled": true}})", "reasoning.enabled"},
      {R"({"reasoning": {"max_tokens": 5}})", "reasoning.max_tokens"},
      {R"({"thinking": {"type": "enabled"}})", "thinking"},
      {R"({"thinking": true})", "thinking"},
      {R"({"think": true})", "think"},
      {R"({"enable_thinking": true})", "enable_thinking"},
      {R"({"output_config": {"effort": "high"}})", "output_config.effort"},
      {R"({"thinking_budget": 100})", "thinking_budget"},
      {R"({"verbosity": "high"})", "verbosity"},
      {R"({"context_management": [{"type": "compaction"}]})", "context_management"},
  };
  for (const auto& [body, name] : cases) {
    const auto read = read_hints(body, kPlain);
    ASSERT_TRUE(read.has_value()) << body << read.error().message;
    EXPECT_TRUE(read->variables.empty()) << body;
    ASSERT_EQ(read->notes.size(), 1u) << body;
    EXPECT_TRUE(read->notes[0].starts_with(std::string(name) + ": left aside")) << read->notes[0];
  }
}

TEST(ModelHints, AreSilentWhereTheyChangeNothingAnyway) {
  for (const char* body :
       {R"({"reasoning_effort": "none"})", R"({"thinking": {"type": "disabled"}})",
        R"({"thinking": {"type": "adaptive"}})", R"({"think": false})", R"({"reasoning": {}})",
        R"({"reasoning": {"effort": null, "summary": null}})", R"({"verbosity": "medium"})",
        R"({"context_management": []})", R"({"separate_reasoning": true, "stream_reasoning": true})",
        R"({"include_reasoning": false})", R"({"reasoning_budget_tokens": -1})",
        R"({"reasoning_format": "auto"})"}) {
    const auto read = read_hints(body, kPlain);
    ASSERT_TRUE(read.has_value()) << body << read.error().message;
    EXPECT_TRUE(read->notes.empty()) << body;
  }
  // A model that cannot but think is asked in vain not to.
  EXPECT_EQ(read_hints(R"({"think": false})", "</think>{{ messages }}")->notes.size(), 1u);
}

TEST(ModelHints, YieldToTheTemplatesOwnVariables) {
  const auto chat_template = *ChatTemplate::parse(kSwitch);
  const Json json =
      json_of(R"({"chat_template_kwargs": {"enable_thinking": true}, "reasoning_effort": "none"})");
  auto parameters = Parameters::check(json, template_parameters(), 0);
  ASSERT_TRUE(parameters.has_value());
  ChatPrompt prompt;
  ASSERT_TRUE(read_template_parameters(*parameters, chat_template, prompt));
  EXPECT_EQ(prompt.variables["enable_thinking"], true);
}

TEST(ModelHints, AreRefusedByTheMemberThatWasSent) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"reasoning_effort": "huge"})", "reasoning_effort"},
      {R"({"reasoning": {"effort": "huge"}})", "reasoning.effort"},
      {R"({"reasoning": {"surprise": 1}})", "reasoning.surprise"},
      {R"({"reasoning": "high"})", "reasoning"},
      {R"({"thinking": {"type": "sometimes"}})", "thinking.type"},
      {R"({"thinking": {"type": "enabled", "budget_tokens": "x"}})", "thinking.budget_tokens"},
      {R"({"output_config": {"effort": 5}})", "output_config.effort"},
      {R"({"output_config": {"format": {"type": "poem"}}})", "output_config.format.type"},
      {R"({"verbosity": "loud"})", "verbosity"},
      {R"({"context_management": 5})", "context_management"},
      {R"({"include_reasoning": 5})", "include_reasoning"},
  };
  for (const auto& [body, name] : cases) {
    const auto read = read_hints(body, kPlain);
    ASSERT_FALSE(read.has_value()) << body;
    EXPECT_EQ(parameter_of(read.error()), name) << body;
  }
  EXPECT_EQ(parameter_of(read_hints(R"({"include_reasoning": false})", kSwitch).error()),
            "include_reasoning");
}

using ModelHintsRoutes = testing::ApiFixture;

TEST_F(ModelHintsRoutes, AreToldBesideEveryResponse) {
  const auto chat = make_chat_completion(
      json_of(R"({"messages": [{"role": "user", "content": "a"}], "reasoning_effort": "high"})"), call);
  ASSERT_TRUE(chat.has_value());
  EXPECT_EQ((*chat)->notes().size(), 1u);
  const auto message =
      make_anthropic_message(json_of(R"({"messages": [{"role": "user", "content": "a"}], "max_tokens": 4,
                  "thinking": {"type": "enabled", "budget_tokens": 1024}})"),
                             call);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ((*message)->notes().size(), 2u);
  const auto response = make_response(
      json_of(R"({"input": "a", "reasoning": {"effort": "high"}, "text": {"verbosity": "low"}})"), call,
      {.recall = [](auto&) { return Json::array(); }, .keep = {}});
  ASSERT_TRUE(response.has_value());
  const auto notes = response->exchange->notes();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_TRUE(notes[1].starts_with("text.verbosity: "));
}

}  // namespace
}  // namespace hearth::api
