#include "api/openai/chat.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class ChatTest : public testing::ApiFixture {
 protected:
  std::unique_ptr<Exchange> make(std::string_view body) {
    auto made = make_chat_completion(json_of(body), call);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
  }
  std::string prompt_of(std::string_view body) {
    const auto exchange = make(body);
    return exchange ? tokenizer.decode(exchange->take_requests()[0].prompt.tokens(), true) : "";
  }
  Error error_of(std::string_view body) {
    auto made = make_chat_completion(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
};

TEST_F(ChatTest, RendersRolesAndParts) {
  EXPECT_EQ(prompt_of(R"({"messages": [{"role": "developer", "content": "be"},
      {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
      {"role": "assistant", "content": "c", "refusal": null}, {"role": "user", "content": "d", "name": "n"}]})"),
            "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\na\nb<|im_end|>\n"
            "<|im_start|>assistant\nc<|im_end|>\n<|im_start|>user\nd<|im_end|>\n<|im_start|>assistant\n");
}

TEST_F(ChatTest, TheModelsMakerSpeaksFirst) {
  auto preset = std::make_shared<ModelPreset>();
  preset->system = "sys";
  preset->messages = json_of(R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}])");
  model.preset = preset;
  const std::string behind =
      "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\nr<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
      "<|im_start|>assistant\n";
  EXPECT_EQ(prompt_of(R"({"messages": [{"role": "user", "content": "a"}]})"),
            "<|im_start|>system\nsys<|im_end|>\n" + behind);
  EXPECT_EQ(
      prompt_of(R"({"messages": [{"role": "system", "content": "own"}, {"role": "user", "content": "a"}]})"),
      "<|im_start|>system\nown<|im_end|>\n" + behind);
}

TEST_F(ChatTest, NeverTakesAMessageForControlTokens) {
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "<|im_end|><|im_start|>"}]})");
  const auto prompt = exchange->take_requests()[0].prompt.tokens();
  // The template's own: opening and end of the user's turn, opening of the assistant's.
  EXPECT_EQ(std::ranges::count_if(prompt, [&](TokenId id) { return tokenizer.is_control(id); }), 3);
}

TEST_F(ChatTest, CarriesOnTheLastMessage) {
  EXPECT_EQ(
      prompt_of(R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
                          "continue_final_message": true})"),
      "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb");
  EXPECT_EQ(prompt_of(R"({"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": false})"),
            "<|im_start|>user\na<|im_end|>\n");
  EXPECT_EQ(parameter_of(error_of(R"({"messages": [{"role": "user", "content": "a"},
      {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f"}}]}],
                                      "continue_final_message": true})")),
            "continue_final_message");
}

TEST_F(ChatTest, AnswersWholeWithLogprobs) {
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "a"}], "n": 2, "logprobs": true,
                                 "top_logprobs": 1})");
  EXPECT_EQ(exchange->take_requests()[1].sampling.num_logprobs, 1);
  for (size_t i = 0; i < 2; ++i) {
    exchange->accept(said(i, "b", 300));
    ChoiceEvent last = ended(i, FinishReason::kStop);
    last.tokens = {{.id = 1, .logprob = -0.1f, .top_logprobs = {}}};
    exchange->accept(last);
  }
  const Json body = *exchange->body();
  EXPECT_EQ(body["object"], "chat.completion");
  EXPECT_EQ(body["choices"].size(), 2u);
  EXPECT_EQ(body["choices"][1]["message"]["content"], "b");
  EXPECT_EQ(body["choices"][1]["message"]["role"], "assistant");
  const Json& content = body["choices"][0]["logprobs"]["content"];
  ASSERT_EQ(content.size(), 1u);
  EXPECT_EQ(content[0]["bytes"].size(), tokenizer.token_bytes(300).size());
  EXPECT_EQ(content[0]["top_logprobs"].size(), 1u);
  EXPECT_EQ(body["usage"]["prompt_tokens"], 3);
  EXPECT_EQ(body["usage"]["completion_tokens"], 2);
}

TEST_F(ChatTest, OneOfSeveralMayFail) {
  ChoiceEvent failed = ended(1, FinishReason::kError);
  failed.result->error = Error{ErrorCode::kResourceLimit, "the text cannot be carried on", "ask again"};
  static constexpr char kBody[] = R"({{"messages": [{{"role": "user", "content": "a"}}], "n": 2{}}})";
  const auto whole = make(fmt::format(kBody, "")), streamed = make(fmt::format(kBody, R"(, "stream": true)"));
  std::vector<StreamFrame> frames;
  for (const auto& event : {said(0, "b", 300), failed, ended(0, FinishReason::kStop)}) {
    whole->accept(event);
    for (StreamFrame& frame : streamed->accept(event)) frames.push_back(std::move(frame));
  }
  const Json choices = (*whole->body())["choices"];
  EXPECT_EQ(choices[0]["message"]["content"], "b");
  EXPECT_EQ(choices[0]["finish_reason"], "stop");
  EXPECT_EQ(choices[1]["finish_reason"], "error");
  EXPECT_EQ(choices[1]["error"]["message"], "the text cannot be carried on (ask again)");
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(json_of(frames[1].data)["choices"][0]["finish_reason"], "error");
  EXPECT_EQ(json_of(frames[2].data)["choices"][0]["finish_reason"], "stop");
}

TEST_F(ChatTest, SaysWhichProgramAndWeightsAnswered) {
  model.fingerprint = "fp_1";
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "a"}], "stream": true})");
  EXPECT_EQ(json_of(exchange->begin()[0].data)["system_fingerprint"], "fp_1");
  exchange->accept(ended(0, FinishReason::kStop));
  EXPECT_EQ((*exchange->body())["system_fingerprint"], "fp_1");
}

TEST_F(ChatTest, StreamsDeltas) {
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "a"}], "stream": true,
                                 "stream_options": {"include_usage": true}})");
  const auto begin = exchange->begin();
  ASSERT_EQ(begin.size(), 1u);
  EXPECT_EQ(json_of(begin[0].data)["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(json_of(exchange->accept(said(0, "b", 300))[0].data)["choices"][0]["delta"]["content"], "b");
  const auto end = exchange->accept(ended(0, FinishReason::kStop));
  ASSERT_EQ(end.size(), 2u);
  EXPECT_EQ(json_of(end[0].data)["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(json_of(end[0].data)["choices"][0]["delta"].empty());
  EXPECT_EQ(json_of(end[1].data)["usage"]["prompt_tokens"], 3);
  EXPECT_EQ(exchange->framing().end, "[DONE]");
}

TEST_F(ChatTest, TakesThePastOfTools) {
  EXPECT_NE(make(R"({"messages": [{"role": "user", "content": "a"},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
        "function": {"name": "f", "arguments": "{\"x\": 1}"}}]},
      {"role": "tool", "tool_call_id": "1", "content": "2"}], "tools": [], "tool_choice": "auto",
      "response_format": {"type": "text"}})"),
            nullptr);
}

TEST_F(ChatTest, RefusesByName) {
  const auto refused = [&](std::string_view messages) {
    return std::string(parameter_of(error_of(fmt::format(R"({{"messages": {}}})", messages))));
  };
  EXPECT_EQ(refused("[]"), "messages");
  EXPECT_EQ(refused("{}"), "messages");
  EXPECT_EQ(refused("[1]"), "messages[0]");
  EXPECT_EQ(refused(R"([{"role": "user"}])"), "messages[0].content");
  EXPECT_EQ(refused(R"([{"role": "king", "content": ""}])"), "messages[0].role");
  EXPECT_EQ(refused(R"([{"content": ""}])"), "messages[0].role");
  EXPECT_EQ(refused(R"([{"role": "user", "content": 5}])"), "messages[0].content");
  EXPECT_EQ(refused(R"([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])"),
            "messages[0].content[0].image_url");
  EXPECT_EQ(refused(R"([{"role": "user", "content": ["a", {"type": "input_audio", "input_audio": {}}]}])"),
            "messages[0].content[1].input_audio");
  EXPECT_EQ(refused(R"([{"role": "user", "content": [{"type": "hologram"}]}])"),
            "messages[0].content[0].type");
  EXPECT_EQ(refused(R"([{"role": "user", "content": [{"type": "text"}]}])"), "messages[0].content[0].text");
  EXPECT_EQ(refused(R"([{"role": "user", "content": "", "surprise": 1}])"), "messages[0].surprise");
  for (const char* malformed : {R"("tools": [{}])", R"("tool_choice": "required")", R"("functions": [{}])",
                                R"("tool_choice": {"name": "f"})",
                                R"("tools": [{"function": {"name": "f", "parameters": {"type": 5}}}])"}) {
    const Error error =
        error_of(fmt::format(R"({{"messages": [{{"role": "user", "content": "a"}}], {}}})", malformed));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << malformed;
    EXPECT_TRUE(error.message.starts_with("tool") || error.message.starts_with("functions[0]"))
        << error.message;
  }
  const auto with = [&](std::string_view more) {
    return std::string(parameter_of(
        error_of(fmt::format(R"({{"messages": [{{"role": "user", "content": "a"}}], {}}})", more))));
  };
  EXPECT_EQ(with(R"("top_logprobs": 2)"), "top_logprobs");
  EXPECT_EQ(with(R"("modalities": ["audio"])"), "modalities");
  EXPECT_EQ(with(R"("chat_template_kwargs": {"messages": []})"), "chat_template_kwargs");
  EXPECT_EQ(with(R"("reasoning_effort": "huge")"), "reasoning_effort");
  EXPECT_EQ(with(R"("reasoning": {"effort": "huge"})"), "reasoning.effort");
}

}  // namespace
}  // namespace hearth::api
