#include "api/anthropic/messages.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class MessagesTest : public testing::ApiFixture {
 protected:
  std::unique_ptr<Exchange> make(std::string_view body) {
    auto made = make_anthropic_message(json_of(body), call);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
  }
  std::string prompt_of(std::string_view body) {
    const auto exchange = make(body);
    return exchange ? tokenizer.decode(exchange->take_requests()[0].prompt.tokens(), true) : "";
  }
  Error error_of(std::string_view body) {
    auto made = make_anthropic_message(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
};

TEST_F(MessagesTest, RendersSystemBlocksAndPrefill) {
  EXPECT_EQ(prompt_of(R"({"max_tokens": 5, "system": [{"type": "text", "text": "be",
      "cache_control": {"type": "ephemeral"}}],
      "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]},
                   {"role": "assistant", "content": "b"}]})"),
            "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb");
}

TEST_F(MessagesTest, AnswersWhole) {
  const auto exchange = make(R"({"model": "tiny", "max_tokens": 5, "stop_sequences": ["x"], "top_k": 3,
                                 "metadata": {"user_id": "u"}, "messages": [{"role": "user", "content": "a"}]})");
  const auto requests = exchange->take_requests();
  EXPECT_EQ(requests[0].max_tokens, 5u);
  EXPECT_EQ(requests[0].stop, std::vector<std::string>{"x"});
  EXPECT_EQ(requests[0].sampling.top_k, 3);
  exchange->accept(said(0, "b", 300));
  ChoiceEvent last = ended(0, FinishReason::kStop);
  last.result->stop = "x";
  exchange->accept(last);
  const Json body = *exchange->body();
  EXPECT_EQ(body["type"], "message");
  EXPECT_EQ(body["content"][0]["text"], "b");
  EXPECT_EQ(body["stop_reason"], "stop_sequence");
  EXPECT_EQ(body["stop_sequence"], "x");
  EXPECT_EQ(body["usage"]["input_tokens"], 1);
  EXPECT_EQ(body["usage"]["cache_read_input_tokens"], 2);
}

TEST_F(MessagesTest, StreamsTheSequenceOfEvents) {
  const auto exchange =
      make(R"({"max_tokens": 5, "stream": true, "messages": [{"role": "user", "content": "a"}]})");
  std::vector<StreamFrame> frames = exchange->begin();
  const auto append = [&](const std::vector<StreamFrame>& more) {
    frames.insert(frames.end(), more.begin(), more.end());
  };
  append(exchange->accept(said(0, "b", 300)));
  append(exchange->accept(said(0, "", 301)));
  append(exchange->accept(ended(0, FinishReason::kLength)));
  std::vector<std::string> names;
  for (const StreamFrame& frame : frames) {
    names.push_back(frame.event);
    EXPECT_EQ(json_of(frame.data)["type"], frame.event);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"message_start", "content_block_start", "ping", "content_block_delta",
                                      "content_block_stop", "message_delta", "message_stop"}));
  EXPECT_EQ(json_of(frames[5].data)["delta"]["stop_reason"], "max_tokens");
  const auto failing =
      make(R"({"max_tokens": 5, "stream": true, "messages": [{"role": "user", "content": "a"}]})");
  const auto error = failing->accept(ended(0, FinishReason::kError));
  ASSERT_EQ(error.size(), 1u);
  EXPECT_EQ(error[0].event, "error");
}

TEST_F(MessagesTest, TakesThePastOfTools) {
  EXPECT_NE(make(R"({"max_tokens": 5, "messages": [{"role": "user", "content": "a"},
      {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "s"},
         {"type": "tool_use", "id": "1", "name": "f", "input": {"x": 1}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "2"},
         {"type": "text", "text": "c"}]}]})"),
            nullptr);
}

TEST_F(MessagesTest, CountsTokens) {
  const auto counted = count_anthropic_tokens(
      json_of(R"({"model": "tiny", "messages": [{"role": "user", "content": "hello"}]})"), call);
  ASSERT_TRUE(counted.has_value());
  const auto requests =
      make(R"({"max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]})")->take_requests();
  EXPECT_EQ((*counted)["input_tokens"], requests[0].prompt.size());
}

TEST_F(MessagesTest, RefusesByName) {
  const auto refused = [&](std::string_view rest) {
    return std::string(parameter_of(error_of(fmt::format(R"({{"max_tokens": 5, {}}})", rest))));
  };
  EXPECT_EQ(parameter_of(error_of(R"({"messages": [{"role": "user", "content": "a"}]})")), "max_tokens");
  EXPECT_EQ(refused(R"("messages": [])"), "messages");
  EXPECT_EQ(refused(R"("messages": [{"role": "tool", "content": "a"}])"), "messages[0].role");
  EXPECT_EQ(refused(R"("messages": [{"role": "user"}])"), "messages[0].content");
  EXPECT_EQ(refused(R"("messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}])"),
            "messages[0].content[0].source");
  EXPECT_EQ(refused(R"("messages": [{"role": "user", "content": [{"type": "tool_use", "id": "1", "name": "f",
                        "input": {}}]}])"),
            "messages[0].content");
  constexpr char kChat[] = R"("messages": [{"role": "user", "content": "a"}])";
  EXPECT_EQ(refused(fmt::format(R"({}, "tools": [{{}}])", kChat)), "tools[0].name");
  EXPECT_EQ(refused(fmt::format(R"({}, "thinking": {{"type": "always"}})", kChat)), "thinking.type");
  EXPECT_EQ(refused(fmt::format(R"({}, "surprise": 1)", kChat)), "surprise");
}

}  // namespace
}  // namespace hearth::api
