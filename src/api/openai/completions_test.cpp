#include "api/openai/completions.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class CompletionTest : public testing::ApiFixture {
 protected:
  std::unique_ptr<Exchange> make(std::string_view body) {
    auto made = make_completion(json_of(body), call);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
  }
  Error error_of(std::string_view body) {
    auto made = make_completion(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
};

TEST_F(CompletionTest, AnswersWhole) {
  const auto exchange = make(R"({"model": "tiny", "prompt": "hello", "max_tokens": 2, "timings": true})");
  const auto requests = exchange->take_requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].prompt.tokens(), encode("hello"));
  EXPECT_EQ(requests[0].max_tokens, 2u);
  EXPECT_TRUE(exchange->begin().empty());
  EXPECT_TRUE(exchange->accept(said(0, " wor", 300)).empty());
  EXPECT_TRUE(exchange->accept(said(0, "ld", 301)).empty());
  EXPECT_TRUE(exchange->accept(ended(0, FinishReason::kLength)).empty());
  const Json body = *exchange->body();
  EXPECT_EQ(body["object"], "text_completion");
  EXPECT_EQ(body["model"], "tiny");
  EXPECT_EQ(body["created"], 1'700'000'000);
  EXPECT_EQ(body["choices"][0]["text"], " world");
  EXPECT_EQ(body["choices"][0]["finish_reason"], "length");
  EXPECT_TRUE(body["choices"][0]["logprobs"].is_null());
  EXPECT_EQ(body["usage"]["prompt_tokens"], 3);
  EXPECT_EQ(body["usage"]["completion_tokens"], 1);
  EXPECT_EQ(body["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
  EXPECT_EQ(body["timings"]["predicted_n"], 1);
}

TEST_F(CompletionTest, GeneratesSixteenTokensUnlessTold) {
  EXPECT_EQ(make(R"({"prompt": "a"})")->take_requests()[0].max_tokens, 16u);
  EXPECT_EQ(make(R"({"prompt": "a", "max_tokens": -1})")->take_requests()[0].max_tokens, 4095u);
}

TEST_F(CompletionTest, StreamsAndEndsWithUsage) {
  const auto exchange = make(
      R"({"prompt": "a", "stream": true, "stream_options": {"include_usage": true}, "ignore_eos": true})");
  EXPECT_TRUE(exchange->take_requests()[0].ignore_eos);
  const auto first = exchange->accept(said(0, "b", 300));
  ASSERT_EQ(first.size(), 1u);
  const Json chunk = json_of(first[0].data);
  EXPECT_EQ(chunk["choices"][0]["text"], "b");
  EXPECT_TRUE(chunk["choices"][0]["finish_reason"].is_null());
  EXPECT_TRUE(chunk["usage"].is_null());
  EXPECT_TRUE(exchange->accept(said(0, "", 301)).empty());
  const auto last = exchange->accept(ended(0, FinishReason::kStop));
  ASSERT_EQ(last.size(), 2u);
  EXPECT_EQ(json_of(last[0].data)["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(json_of(last[1].data)["choices"].empty());
  EXPECT_EQ(json_of(last[1].data)["usage"]["total_tokens"], 4);
  EXPECT_EQ(exchange->framing().end, "[DONE]");
}

TEST_F(CompletionTest, TakesBatchesOfTextsAndIds) {
  const auto texts = make(R"({"prompt": ["hello", "a"], "n": 2, "seed": 7})");
  const auto requests = texts->take_requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[1].prompt.tokens(), encode("hello"));
  EXPECT_EQ(requests[2].prompt.tokens(), encode("a"));
  EXPECT_EQ(requests[0].sampling.seed, 7u);
  EXPECT_EQ(requests[1].sampling.seed, 8u);
  EXPECT_EQ(requests[2].sampling.seed, 7u);
  EXPECT_EQ(make(R"({"prompt": [5, 6]})")->take_requests()[0].prompt.tokens(), (std::vector<TokenId>{5, 6}));
  EXPECT_EQ(make(R"({"prompt": [[5], [6, 7]]})")->take_requests()[1].prompt.tokens(),
            (std::vector<TokenId>{6, 7}));
}

TEST_F(CompletionTest, NeverTakesTextForControlTokens) {
  const auto requests = make(R"({"prompt": "<|im_end|>"})")->take_requests();
  for (const TokenId id : requests[0].prompt.tokens()) EXPECT_FALSE(tokenizer.is_control(id));
  const auto parsed = make(R"({"prompt": "<|im_end|>", "parse_special": true})")->take_requests();
  EXPECT_EQ(parsed[0].prompt.tokens(), std::vector<TokenId>{1});
}

TEST_F(CompletionTest, ScoresAPrompt) {
  const auto exchange = make(R"({"prompt": "hello a", "echo": true, "logprobs": 1, "max_tokens": 1})");
  const auto requests = exchange->take_requests();
  EXPECT_EQ(requests[0].prompt_logprobs, 1);
  ChoiceEvent first = said(0, "!", 4, -2.0f);
  for (const TokenId id : requests[0].prompt.tokens()) {
    first.prompt_logprobs.push_back({.id = id, .logprob = -1.0f, .top_logprobs = {{9, -0.25f}}});
  }
  exchange->accept(first);
  exchange->accept(ended(0, FinishReason::kLength));
  const Json choice = (*exchange->body())["choices"][0];
  EXPECT_EQ(choice["text"], "hello a!");
  const Json& logprobs = choice["logprobs"];
  const size_t count = requests[0].prompt.size() + 1;
  for (const char* name : {"tokens", "token_logprobs", "top_logprobs", "text_offset"}) {
    EXPECT_EQ(logprobs[name].size(), count) << name;
  }
  EXPECT_TRUE(logprobs["token_logprobs"][0].is_null());
  EXPECT_TRUE(logprobs["top_logprobs"][0].is_null());
  EXPECT_EQ(logprobs["token_logprobs"][count - 1], -2.0);
  EXPECT_EQ(logprobs["text_offset"][count - 1], 7);
  std::string joined;
  for (const Json& token : logprobs["tokens"]) joined += token.get<std::string>();
  EXPECT_EQ(joined.substr(0, 7), "hello a");
  EXPECT_EQ(logprobs["top_logprobs"][1].size(), 2u);
}

TEST_F(CompletionTest, EchoesIntoAStream) {
  const auto exchange = make(R"({"prompt": "hello", "echo": true, "stream": true})");
  const auto frames = exchange->begin();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(json_of(frames[0].data)["choices"][0]["text"], "hello");
}

TEST_F(CompletionTest, TellsOfFailures) {
  const auto streamed = make(R"({"prompt": "a", "stream": true})");
  ChoiceEvent failed = ended(0, FinishReason::kError);
  failed.result->error = Error{ErrorCode::kInternal, "broken", ""};
  const auto frames = streamed->accept(failed);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(json_of(frames[0].data)["error"]["message"], "broken");
  const auto whole = make(R"({"prompt": "a"})");
  whole->accept(ended(0, FinishReason::kCancelled));
  EXPECT_EQ(whole->body().error().code, ErrorCode::kCancelled);
}

TEST_F(CompletionTest, OneOfSeveralMayFail) {
  ChoiceEvent failed = ended(1, FinishReason::kError);
  failed.result->error = Error{ErrorCode::kResourceLimit, "the text cannot be carried on", "ask again"};
  const auto whole = make(R"({"prompt": "a", "n": 3})"),
             streamed = make(R"({"prompt": "a", "n": 3, "stream": true})");
  std::vector<StreamFrame> frames;
  for (const auto& event : {said(0, "b", 300), ended(0, FinishReason::kStop), failed, said(2, "c", 301),
                            ended(2, FinishReason::kStop)}) {
    whole->accept(event);
    for (StreamFrame& frame : streamed->accept(event)) frames.push_back(std::move(frame));
  }
  const Json choices = (*whole->body())["choices"];
  ASSERT_EQ(choices.size(), 3u);
  EXPECT_EQ(choices[0]["text"], "b");
  EXPECT_EQ(choices[0]["finish_reason"], "stop");
  EXPECT_FALSE(choices[0].contains("error"));
  EXPECT_EQ(choices[1]["finish_reason"], "error");
  EXPECT_EQ(choices[1]["error"]["code"], "grammar_limit");
  EXPECT_EQ(choices[2]["text"], "c");
  size_t num_failed = 0;
  for (const StreamFrame& frame : frames) {
    const Json json = json_of(frame.data);
    EXPECT_FALSE(json.contains("error")) << "no choice ends the stream of the others";
    const Json& choice = json["choices"][0];
    if (choice["finish_reason"] != "error") continue;
    ++num_failed;
    EXPECT_EQ(choice["index"], 1);
    EXPECT_EQ(choice["error"]["code"], "grammar_limit");
  }
  EXPECT_EQ(num_failed, 1u);

  // Where all do, the request has failed.
  const auto none = make(R"({"prompt": "a", "n": 2})");
  for (size_t i = 0; i < 2; ++i) {
    failed.choice = i;
    none->accept(failed);
  }
  EXPECT_EQ(none->body().error().code, ErrorCode::kResourceLimit);
}

TEST_F(CompletionTest, RefusesByName) {
  EXPECT_EQ(parameter_of(error_of("{}")), "prompt");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": 5})")), "prompt");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": [5, "a"]})")), "prompt[1]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": ["a", [5, 523]]})")), "prompt[1][1]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": ""})")), "prompt");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": ["a", ""]})")), "prompt[1]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": "a", "stop": ["b", ""]})")), "stop[1]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": [523]})")), "prompt[0]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": [-1]})")), "prompt[0]");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": "a", "suffix": "b"})")), "suffix");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": "a", "best_of": 2})")), "best_of");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": "a", "logprobs": -1})")), "logprobs");
  EXPECT_EQ(parameter_of(error_of(R"({"prompt": "a", "response_format": {"type": "poem"}})")),
            "response_format.type");
  EXPECT_EQ(error_of(R"({"prompt": ""})").message, "prompt: the prompt is empty");
  EXPECT_EQ(error_of(R"({"prompt": "hello hello hello", "num_ctx": 2})").code, ErrorCode::kContextOverflow);
  EXPECT_FALSE(make_completion(Json::array(), call).has_value());
}

}  // namespace
}  // namespace hearth::api
