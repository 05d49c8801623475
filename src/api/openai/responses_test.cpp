#include "api/openai/responses.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class ResponsesTest : public testing::ApiFixture {
 public:
  ResponseMemory memory() {
    return {.recall = [this](const std::string& id) -> Result<Json> {
              if (id != "resp_1") return fail(ErrorCode::kNotFound, "there is no response {}", id);
              return earlier;
            },
            .keep =
                [this](const Json& body, const Json& messages) {
                  kept_body = body;
                  kept_messages = messages;
                  return can_keep;
                }};
  }
  ResponseCall make(std::string_view body) {
    auto made = make_response(json_of(body), call, memory());
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : ResponseCall{};
  }
  std::string prompt_of(std::string_view body) {
    const auto made = make(body);
    return made.exchange ? tokenizer.decode(made.exchange->take_requests()[0].prompt.tokens(), true) : "";
  }
  Error error_of(std::string_view body) {
    auto made = make_response(json_of(body), call, memory());
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }

  bool can_keep = true;
  Json earlier =
      Json::array({{{"role", "user"}, {"content", "p"}}, {{"role", "assistant"}, {"content", "q"}}});
  Json kept_body, kept_messages;
};

TEST_F(ResponsesTest, RendersInstructionsHistoryAndItems) {
  EXPECT_EQ(
      prompt_of(R"({"input": "a", "instructions": "be", "previous_response_id": "resp_1"})"),
      "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\np<|im_end|>\n<|im_start|>assistant\nq<|im_end|>\n"
      "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(prompt_of(R"({"input": [{"role": "developer", "content": "d"},
      {"type": "message", "id": "m", "status": "completed", "role": "user",
       "content": [{"type": "input_text", "text": "a"}]}, {"type": "reasoning", "id": "r", "summary": []}]})"),
            "<|im_start|>system\nd<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
}

TEST_F(ResponsesTest, AnswersWholeAndIsKept) {
  const auto made = make(R"({"model": "tiny", "input": "a", "instructions": "be", "metadata": {"k": "v"}})");
  EXPECT_FALSE(made.background);
  made.exchange->accept(said(0, "b", 300));
  made.exchange->accept(ended(0, FinishReason::kStop));
  const Json body = *made.exchange->body();
  EXPECT_EQ(body["object"], "response");
  EXPECT_EQ(body["status"], "completed");
  EXPECT_EQ(body["output"][0]["content"][0]["text"], "b");
  EXPECT_EQ(body["usage"]["input_tokens_details"]["cached_tokens"], 2);
  EXPECT_EQ(body["metadata"]["k"], "v");
  EXPECT_EQ(kept_body, body);
  ASSERT_EQ(kept_messages.size(), 2u) << "instructions hold for one turn alone";
  EXPECT_EQ(kept_messages[1]["content"], "b");
}

/// Every member of a response that OpenAI's document and Open Responses know of one without tools.
constexpr const char* kMembers[] = {"id",
                                    "object",
                                    "created_at",
                                    "completed_at",
                                    "status",
                                    "error",
                                    "incomplete_details",
                                    "output",
                                    "usage",
                                    "background",
                                    "frequency_penalty",
                                    "instructions",
                                    "max_output_tokens",
                                    "max_tool_calls",
                                    "metadata",
                                    "model",
                                    "parallel_tool_calls",
                                    "presence_penalty",
                                    "previous_response_id",
                                    "prompt_cache_key",
                                    "reasoning",
                                    "safety_identifier",
                                    "service_tier",
                                    "store",
                                    "temperature",
                                    "text",
                                    "tool_choice",
                                    "tools",
                                    "top_logprobs",
                                    "top_p",
                                    "truncation",
                                    "user"};

TEST_F(ResponsesTest, HasEveryMemberFromTheFirstEventToTheLast) {
  const auto made = make(R"({"input": "a", "stream": true})");
  std::vector<StreamFrame> frames = made.exchange->begin();
  ChoiceEvent last = ended(0, FinishReason::kStop);
  last.result->timings.prompt = std::chrono::milliseconds(1500);
  last.result->timings.generate = std::chrono::milliseconds(700);
  for (const ChoiceEvent& event : {said(0, "b", 300), last}) {
    for (StreamFrame& frame : made.exchange->accept(event)) frames.push_back(std::move(frame));
  }
  size_t num_bodies = 0;
  for (const StreamFrame& frame : frames) {
    const Json data = json_of(frame.data);
    if (!data.contains("response")) continue;
    ++num_bodies;
    for (const char* member : kMembers)
      EXPECT_TRUE(data["response"].contains(member)) << frame.event << member;
    EXPECT_EQ(data["response"].size(), std::size(kMembers)) << frame.event;
    const bool completed = data["response"]["status"] == "completed";
    EXPECT_EQ(data["response"]["completed_at"].is_null(), !completed) << frame.event;
  }
  EXPECT_EQ(num_bodies, 3u);
  const Json body = json_of(frames.back().data)["response"];
  EXPECT_EQ(body["completed_at"], call.now + 2);
  EXPECT_EQ(body["usage"]["input_tokens_details"]["cache_write_tokens"], 0);
}

TEST_F(ResponsesTest, RepeatsItsRequestAsItWasSent) {
  constexpr char kRequest[] =
      R"({"input": "a", "temperature": 0.7, "top_p": 0.95, "presence_penalty": 0.1, "frequency_penalty": -0.3,
          "max_tool_calls": 3, "safety_identifier": "s", "prompt_cache_key": "k", "user": "u", "top_logprobs": 2,
          "tool_choice": "none", "max_output_tokens": 5.0, "metadata": {"a": "b"}, "parallel_tool_calls": false,
          "text": {"verbosity": "low"}, "reasoning": {"effort": "high", "summary": "auto"}})";
  const Json request = json_of(kRequest), body = make(kRequest).queued;
  for (const char* member : {"temperature", "top_p", "presence_penalty", "frequency_penalty",
                             "max_tool_calls", "safety_identifier", "prompt_cache_key", "user",
                             "top_logprobs", "tool_choice", "metadata", "parallel_tool_calls", "reasoning"}) {
    EXPECT_EQ(body[member].dump(), request[member].dump()) << member;
  }
  EXPECT_EQ(body["max_output_tokens"].dump(), "5");
  EXPECT_EQ(body["text"]["verbosity"], "low");
  // What holds without them, and no float's long tail.
  model.default_sampling.temperature = 0.7f;
  model.default_sampling.top_p = 0.95f;
  const Json plain = make(R"({"input": "a"})").queued;
  EXPECT_EQ(plain["temperature"].dump(), "0.7");
  EXPECT_EQ(plain["top_p"].dump(), "0.95");
  EXPECT_EQ(plain["presence_penalty"].dump(), "0.0");
  EXPECT_EQ(plain["tool_choice"], "auto");
  EXPECT_TRUE(plain["prompt_cache_key"].is_null());
}

TEST_F(ResponsesTest, IsNotKeptWhereStoreIsFalse) {
  const auto made = make(R"({"input": "a", "store": false, "max_output_tokens": 1})");
  made.exchange->accept(ended(0, FinishReason::kLength));
  const Json body = *made.exchange->body();
  EXPECT_EQ(body["status"], "incomplete");
  EXPECT_EQ(body["incomplete_details"]["reason"], "max_output_tokens");
  EXPECT_TRUE(kept_body.is_null());
}

TEST_F(ResponsesTest, StreamsNumberedEvents) {
  const auto made = make(R"({"input": "a", "stream": true})");
  std::vector<StreamFrame> frames = made.exchange->begin();
  for (const ChoiceEvent& event : {said(0, "b", 300), said(0, "c", 301), ended(0, FinishReason::kStop)}) {
    for (StreamFrame& frame : made.exchange->accept(event)) frames.push_back(std::move(frame));
  }
  std::vector<std::string> names;
  for (const StreamFrame& frame : frames) {
    const Json data = json_of(frame.data);
    EXPECT_EQ(data["type"], frame.event);
    EXPECT_EQ(data["sequence_number"], names.size());
    names.push_back(frame.event);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"response.created", "response.in_progress",
                                             "response.output_item.added", "response.content_part.added",
                                             "response.output_text.delta", "response.output_text.delta",
                                             "response.output_text.done", "response.content_part.done",
                                             "response.output_item.done", "response.completed"}));
  EXPECT_EQ(json_of(frames.back().data)["response"]["output"][0]["content"][0]["text"], "bc");
}

TEST_F(ResponsesTest, RunsInTheBackground) {
  const auto made = make(R"({"input": "a", "background": true})");
  EXPECT_TRUE(made.background);
  EXPECT_EQ(made.queued["status"], "queued");
  EXPECT_EQ(made.queued["id"], made.exchange->id());
  made.exchange->accept(ended(0, FinishReason::kCancelled));
  EXPECT_EQ(kept_body["status"], "cancelled");
  EXPECT_EQ(kept_body["background"], true);
}

TEST_F(ResponsesTest, RefusesByName) {
  EXPECT_EQ(parameter_of(error_of("{}")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": []})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [{"type": "web_search_call"}]})")), "input[0].type");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [{"role": "king", "content": ""}]})")), "input[0].role");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "truncation": "middle"})")), "truncation");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "text": {"format": {"type": "poem"}}})")),
            "text.format.type");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "tools": [{}]})")), "tools[0].name");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "background": true, "store": false})")), "background");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "background": true, "stream": true})")), "background");
  EXPECT_EQ(error_of(R"({"input": "a", "previous_response_id": "resp_2"})").code, ErrorCode::kNotFound);
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "conversation": "c"})")), "conversation");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "metadata": {"a": 1}})")), "metadata");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "user": 5})")), "user");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "include": ["everything"]})")), "include[0]");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "previous_response_id": "resp_2"})")),
            "previous_response_id");
}

}  // namespace
}  // namespace hearth::api
