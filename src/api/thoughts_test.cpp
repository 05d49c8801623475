#include "api/anthropic/messages.h"
#include "api/call/api_error.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"
#include "text/testing/template_fixture.h"

// Thoughts of chats in every dialect: how many there may be, and whether they are part of the response.

namespace hearth::api {
namespace {

using testing::json_of;

// It opens the thought, unless told otherwise.
constexpr char kThinking[] =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n<think>\n"
    "{% if enable_thinking is defined and not enable_thinking %}{{ '\n</think>\n\n' }}{% endif %}";
constexpr std::string_view kEndpoints[] = {"chat", "response", "message"};

class ThoughtsTest : public testing::ApiFixture {
 protected:
  ThoughtsTest() { use(kThinking); }

  void use(std::string_view source) {
    chat_template = *ChatTemplate::parse(std::string(source));
    model.reasoning = find_reasoning_format(chat_template);
    model.tools = find_tool_format(chat_template);
  }

  Result<std::unique_ptr<Exchange>> make(std::string_view endpoint, std::string_view members) {
    const std::string more = members.empty() ? "" : fmt::format(", {}", members);
    if (endpoint == "response") {
      auto made = TRY(make_response(json_of(fmt::format(R"({{"input": "a"{}}})", more)), call,
                                    {.recall = {}, .keep = [](auto&, auto&) { return true; }}));
      return std::move(made.exchange);
    }
    const std::string messages = R"("messages": [{"role": "user", "content": "a"}])";
    if (endpoint == "chat")
      return make_chat_completion(json_of(fmt::format("{{{}{}}}", messages, more)), call);
    const char* most = members.find("max_tokens\":") == members.npos ? R"(, "max_tokens": 100)" : "";
    return make_anthropic_message(json_of(fmt::format("{{{}{}{}}}", messages, most, more)), call);
  }

  /// What the constraints force behind a text of the completion.
  std::string forced_behind(GenerateRequest& request, std::string_view text) {
    for (const TokenId id : encode(text)) {
      for (const auto& one : request.constraints) EXPECT_TRUE(one->accept(id)) << text;
    }
    for (const auto& one : request.constraints) {
      const std::vector<TokenId> ids = one->forced(64);
      if (!ids.empty()) return tokenizer.decode(ids, true);
    }
    return "";
  }

  /// The response to a completion of this text, whose turn has ended.
  Json response_to(std::string_view endpoint, std::string_view members, std::string_view text) {
    auto made = make(endpoint, members);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    auto request = std::move((*made)->take_requests()[0]);
    ChoiceEvent event = ended(0, FinishReason::kStop);
    for (const TokenId id : encode(text))
      request.output_parser->push(id, tokenizer.piece(id, true), event.parts);
    request.output_parser->finish("", event.parts);
    event.result->usage.num_reasoning_tokens = request.output_parser->num_reasoning_tokens();
    (*made)->accept(event);
    return *(*made)->body();
  }
};

TEST_F(ThoughtsTest, AreEndedWhereTheirTokensAreUsedUp) {
  const size_t num_thoughts = encode("hm and so").size();
  for (const std::string_view endpoint : kEndpoints) {
    for (const char* name : {"thinking_token_budget", "reasoning_budget", "thinking_budget"}) {
      const auto made = make(endpoint, fmt::format(R"("{}": {})", name, num_thoughts));
      ASSERT_TRUE(made.has_value()) << made.error().message;
      EXPECT_TRUE((*made)->notes().empty());
      auto request = std::move((*made)->take_requests()[0]);
      EXPECT_EQ(forced_behind(request, "hm and"), "");
      EXPECT_EQ(forced_behind(request, " so"), "\n</think>\n\n") << endpoint << name;
    }
    const auto off = make(endpoint, R"("reasoning": {"effort": "none"})");
    ASSERT_TRUE(off.has_value());
    const auto request = std::move((*off)->take_requests()[0]);
    EXPECT_TRUE(tokenizer.decode(request.prompt.tokens(), true).ends_with("<think>\n\n</think>\n\n"));
    EXPECT_TRUE(request.constraints.empty()) << "the prompt has no thoughts";
  }
  const auto made = make("message", R"("thinking": {"type": "enabled", "budget_tokens": 1})");
  auto request = std::move((*made)->take_requests()[0]);
  EXPECT_EQ(forced_behind(request, "h"), "\n</think>\n\n");
}

TEST_F(ThoughtsTest, WithoutASwitchNoThoughtsAreSuchAsEndAtOnce) {
  use("{{ messages[0].content }}<think>\n{# </think> #}");
  for (const std::string_view endpoint : kEndpoints) {
    for (const char* off : {R"("reasoning_effort": "none")", R"("think": false)", R"("reasoning_budget": 0)",
                            R"("thinking": {"type": "disabled"})"}) {
      const auto made = make(endpoint, off);
      ASSERT_TRUE(made.has_value());
      auto request = std::move((*made)->take_requests()[0]);
      EXPECT_EQ(forced_behind(request, ""), "\n</think>\n\n") << endpoint << off;
    }
  }
}

TEST_F(ThoughtsTest, AnEffortLeavesRoomForTheAnswer) {
  use("{{ messages[0].content }}<think>\n{# </think> #}");
  const std::string members =
      fmt::format(R"("reasoning_effort": "low", "max_tokens": {})", 5 * encode("hm and so").size());
  for (const std::string_view endpoint : {"chat", "message"}) {
    const auto made = make(endpoint, members);
    ASSERT_TRUE(made.has_value());
    auto request = std::move((*made)->take_requests()[0]);
    EXPECT_EQ(forced_behind(request, "hm and"), "");
    EXPECT_EQ(forced_behind(request, " so"), "\n</think>\n\n") << endpoint;
  }
}

TEST_F(ThoughtsTest, MayBeLeftOutOfTheResponse) {
  for (const std::string_view endpoint : kEndpoints) {
    const Json shown = response_to(endpoint, "", "hm</think>Yes.");
    const Json hidden = response_to(endpoint, R"("include_reasoning": false)", "hm</think>Yes.");
    EXPECT_NE(dump_json(shown).find("hm"), std::string::npos);
    EXPECT_EQ(dump_json(hidden).find("hm"), std::string::npos) << dump_json(hidden);
    EXPECT_NE(dump_json(hidden).find("Yes."), std::string::npos);
  }
  const Json chat = response_to("chat", R"("include_reasoning": false)", "hm</think>Yes.");
  EXPECT_GT(chat["usage"]["completion_tokens_details"]["reasoning_tokens"], 0);
  EXPECT_FALSE(chat["choices"][0]["message"].contains("reasoning_content"));
  const auto refused = make("chat", R"("include_reasoning": false, "logprobs": true)");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(parameter_of(refused.error()), "logprobs");
}

TEST_F(ThoughtsTest, NothingButThoughtsIsNoAnswer) {
  for (const char* members : {"", R"("include_reasoning": false)"}) {
    for (const char* text : {"hm", "hm</think>", "</think>\n\n"}) {
      EXPECT_EQ(response_to("chat", members, text)["choices"][0]["finish_reason"], "length") << text;
      EXPECT_EQ(response_to("message", members, text)["stop_reason"], "max_tokens") << text;
      EXPECT_EQ(response_to("response", members, text)["status"], "incomplete") << text;
    }
  }
}

TEST_F(ThoughtsTest, CallsOfHarmonyFollowThem) {
  use(testing::load_templates()["trl/gptoss"]);
  ASSERT_TRUE(model.reasoning.in_channels);
  constexpr char kTools[] =
      R"("tools": [{"type": "function", "function": {"name": "look", "description": "Looks.",
                  "parameters": {"type": "object"}}}])";
  const std::string call = R"(<|channel|>commentary to=functions.look <|constrain|>json<|message|>{)";
  for (const std::string_view text : {"", "<|channel|>analysis<|message|>hm<|end|><|start|>assistant"}) {
    auto request = std::move(
        (*make("chat", fmt::format(R"({}, "tool_choice": "required")", kTools)))->take_requests()[0]);
    EXPECT_FALSE(request.constraints[0]->accept(encode("Hello")[0])) << "a call must come";
    forced_behind(request, std::string(text) + call);
  }
  for (const std::string_view choice : {"required", "auto"}) {
    auto request = std::move(
        (*make("chat", fmt::format(R"({}, "tool_choice": "{}", "reasoning_budget": 1)", kTools, choice)))
            ->take_requests()[0]);
    const std::string forced = forced_behind(request, "<|channel|>analysis<|message|>h");
    EXPECT_EQ(forced, "<|end|><|start|>assistant") << choice;
    forced_behind(request, forced + call);
  }
  auto request = std::move((*make("chat", R"("reasoning_effort": "none")"))->take_requests()[0]);
  EXPECT_EQ(forced_behind(request, ""), "<|channel|>final<|message|>");
}

}  // namespace
}  // namespace hearth::api
