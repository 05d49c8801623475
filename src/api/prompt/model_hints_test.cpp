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
  Thoughts thoughts;
};

ApiModel model_of(const ChatTemplate& chat_template) {
  ApiModel model;
  model.chat_template = &chat_template;
  model.reasoning = find_reasoning_format(chat_template);
  return model;
}

/// What becomes of the hints of a body under a template that reads `variables`.
Result<Read> read_hints(std::string_view body, std::string_view variables) {
  const auto chat_template = *ChatTemplate::parse(std::string(variables));
  const Json json = json_of(body);
  auto parameters = TRY(Parameters::check(json, hint_parameters(), 0));
  ChatPrompt prompt;
  read_model_hints(parameters, model_of(chat_template), prompt);
  parameters.finish();
  return Read{prompt.variables, prompt.notes, prompt.thoughts};
}

constexpr char kPlain[] = "{{ messages[0].content }}";
constexpr char kSwitch[] = "{{ enable_thinking }}";
constexpr char kEffort[] = "{{ reasoning_effort }}";
constexpr char kThinks[] = "{% set end = '</think>' %}{{ messages[0].content }}";
constexpr char kThinksOnRequest[] = "{{ '</think>' if enable_thinking }}";
constexpr char kHarmony[] = "{{ reasoning_effort }}<|channel|>analysis";

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
        R"({"thinking_token_budget": 0})", R"({"reasoning_format": "auto"})"}) {
    const auto read = read_hints(body, kPlain);
    ASSERT_TRUE(read.has_value()) << body << read.error().message;
    EXPECT_TRUE(read->notes.empty()) << body;
  }
}

TEST(ModelHints, LimitThoughtsWhereTheTemplateHasNoSuchSetting) {
  struct Case {
    const char *body, *of_template;
    std::optional<size_t> limit;  ///< of a completion of 10,000 tokens
    const char* variables = "{}";
  };
  const Case cases[] = {
      {R"({"reasoning_effort": "none"})", kThinks, 0},
      {R"({"reasoning_effort": "minimal"})", kThinks, 512},
      {R"({"reasoning_effort": "low"})", kThinks, 1024},
      {R"({"reasoning": {"effort": "medium"}})", kThinks, 5000},
      {R"({"output_config": {"effort": "high"}})", kThinks, 8000},
      {R"({"reasoning_effort": "xhigh"})", kThinks, 9500},
      {R"({"reasoning_effort": "max"})", kThinks, std::nullopt},
      {R"({"think": "low"})", kThinksOnRequest, 1024, R"({"enable_thinking": true})"},
      {R"({"think": false})", kThinks, 0},
      {R"({"think": true})", kThinks, std::nullopt},
      {R"({"thinking": {"type": "disabled"}})", kThinks, 0},
      {R"({"thinking": {"type": "enabled", "budget_tokens": 20000}})", kThinks, 20'000},
      {R"({"thinking_token_budget": 7})", kThinks, 7},
      {R"({"reasoning_budget": 0})", kThinksOnRequest, 0, R"({"enable_thinking": false})"},
      {R"({"reasoning_budget": -1})", kThinks, std::nullopt},
      {R"({"reasoning": {"effort": "low", "max_tokens": 3000}})", kThinks, 3000},
      {R"({"thinking_budget": 9, "reasoning_budget_tokens": 5})", kThinks, 5},
      {R"({"thinking_budget": 64})", "{{ thinking_budget }}</think>", 64, R"({"thinking_budget": 64})"},
      {R"({"chat_template_kwargs": {"enable_thinking": false}})", kThinks, 0,
       R"({"enable_thinking": false})"},
      {R"({"chat_template_kwargs": {"enable_thinking": true}, "think": false})", kThinksOnRequest,
       std::nullopt, R"({"enable_thinking": true})"},
      {R"({"reasoning_effort": "low"})", kHarmony, std::nullopt, R"({"reasoning_effort": "low"})"},
      {R"({"reasoning_effort": "max"})", kHarmony, std::nullopt, R"({"reasoning_effort": "high"})"},
      {R"({"reasoning_effort": "none"})", kHarmony, 0, R"({"reasoning_effort": "low"})"},
  };
  for (const Case& one : cases) {
    const auto chat_template = *ChatTemplate::parse(one.of_template);
    const Json json = json_of(one.body);
    auto parameters = Parameters::check(json, template_parameters(), 0);
    ASSERT_TRUE(parameters.has_value()) << parameters.error().message;
    ChatPrompt prompt;
    ASSERT_TRUE(read_template_parameters(*parameters, model_of(chat_template), prompt));
    EXPECT_EQ(prompt.thoughts.limit(10'000), one.limit) << one.body;
    EXPECT_TRUE(prompt.thoughts.visible);
    EXPECT_EQ(prompt.variables, json_of(one.variables)) << one.body;
    EXPECT_TRUE(prompt.notes.empty()) << one.body << prompt.notes[0];
  }
  EXPECT_EQ((Thoughts{.max_tokens = 1024, .percent = 20}.limit(3)), 1u) << "some room, however little";
}

TEST(ModelHints, MayHideThoughts) {
  for (const char* body : {R"({"include_reasoning": false})", R"({"reasoning": {"exclude": true}})",
                           R"({"thinking": {"type": "enabled", "display": "omitted"}})"}) {
    const auto read = read_hints(body, kThinks);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read->thoughts.visible) << body;
    EXPECT_EQ(read->thoughts.limit(100), std::nullopt);
  }
  EXPECT_TRUE(read_hints(R"({"include_reasoning": true})", kThinks)->thoughts.visible);
}

TEST(ModelHints, YieldToTheTemplatesOwnVariables) {
  const auto chat_template = *ChatTemplate::parse(kSwitch);
  const Json json =
      json_of(R"({"chat_template_kwargs": {"enable_thinking": true}, "reasoning_effort": "none"})");
  auto parameters = Parameters::check(json, template_parameters(), 0);
  ASSERT_TRUE(parameters.has_value());
  ChatPrompt prompt;
  ASSERT_TRUE(read_template_parameters(*parameters, model_of(chat_template), prompt));
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
