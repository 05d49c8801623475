#include <gtest/gtest.h>

#include "api/anthropic/messages.h"
#include "api/ollama/chat.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

// A completion of reasoning, text and tool calls, in each dialect, whole and streamed.

namespace hearth::api {
namespace {

using testing::json_of;

class ChoicePartsTest : public testing::ApiFixture {
 protected:
  ChoicePartsTest() { model.make_parser = plain_output; }

  /// Some events have several parts, some parts several events.
  static std::vector<ChoiceEvent> course() {
    std::vector<ChoiceEvent> events(5, ChoiceEvent{.tokens = {}, .result = {}});
    events[0].parts = {{PartKind::kReasoning, "hm"}};
    events[1].parts = {{PartKind::kReasoning, "m"}, {PartKind::kContent, "I look"}};
    events[2].parts = {{PartKind::kContent, " it up."}, {PartKind::kToolName, "find"}};
    events[3].parts = {{PartKind::kToolArguments, R"({"what": )"}};
    events[4].parts = {{PartKind::kToolArguments, "1}"}, {PartKind::kToolName, "stop"}};
    events[4].result = GenerateResult{};
    return events;
  }

  struct Said {
    std::vector<Json> frames;
    Json body;
  };
  static Said play(Exchange& exchange, const std::vector<ChoiceEvent>& events) {
    EXPECT_NE(exchange.take_requests()[0].output_parser, nullptr);
    Said said;
    const auto add = [&](const std::vector<StreamFrame>& frames) {
      for (const StreamFrame& frame : frames) {
        if (frame.data != "[DONE]") said.frames.push_back(json_of(frame.data));
      }
    };
    add(exchange.begin());
    for (const ChoiceEvent& event : events) add(exchange.accept(event));
    said.body = *exchange.body();
    return said;
  }
};

TEST_F(ChoicePartsTest, OfAChat) {
  const auto make = [&](bool stream) {
    Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
    body["stream"] = stream;
    return *make_chat_completion(body, call);
  };
  const Json choice = play(*make(false), course()).body["choices"][0];
  const Json& message = choice["message"];
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
  EXPECT_EQ(message["reasoning_content"], "hmm");
  EXPECT_EQ(message["content"], "I look it up.");
  ASSERT_EQ(message["tool_calls"].size(), 2u);
  EXPECT_EQ(message["tool_calls"][0]["function"],
            json_of(R"({"name": "find", "arguments": "{\"what\": 1}"})"));
  EXPECT_EQ(message["tool_calls"][1]["function"], json_of(R"({"name": "stop", "arguments": ""})"));
  EXPECT_NE(message["tool_calls"][0]["id"], message["tool_calls"][1]["id"]);

  std::string reasoning, content;
  Json calls, reason;
  for (const Json& frame : play(*make(true), course()).frames) {
    const Json& one = frame["choices"][0];
    const Json& delta = one["delta"];
    reasoning += delta.value("reasoning_content", "");
    content += delta.value("content", "");
    for (const Json& piece : delta.value("tool_calls", Json::array())) {
      Json& known = calls[piece["index"].get<size_t>()];
      if (piece.contains("id")) {
        EXPECT_EQ(piece["type"], "function");
        known = piece["function"];
      } else {
        known["arguments"] =
            known["arguments"].get<std::string>() + piece["function"]["arguments"].get<std::string>();
      }
    }
    reason = one["finish_reason"];
  }
  EXPECT_EQ(reasoning, "hmm");
  EXPECT_EQ(content, "I look it up.");
  EXPECT_EQ(reason, "tool_calls");
  ASSERT_EQ(calls.size(), 2u);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(calls[i], message["tool_calls"][i]["function"]);
}

TEST_F(ChoicePartsTest, CallsAloneHaveNoContent) {
  std::vector<ChoiceEvent> events(1, ChoiceEvent{.tokens = {}, .result = GenerateResult{}});
  events[0].parts = {{PartKind::kToolName, "find"}};
  const auto exchange =
      *make_chat_completion(json_of(R"({"messages": [{"role": "user", "content": "a"}]})"), call);
  EXPECT_EQ(play(*exchange, events).body["choices"][0]["message"]["content"], nullptr);
  // What was cut off calls nothing.
  events[0].result->reason = FinishReason::kLength;
  const auto cut =
      *make_chat_completion(json_of(R"({"messages": [{"role": "user", "content": "a"}]})"), call);
  EXPECT_EQ(play(*cut, events).body["choices"][0]["finish_reason"], "length");
}

// A client's decoder wants an object, whole as streamed.
TEST_F(ChoicePartsTest, InputOfAMessageIsAnObject) {
  for (const char* arguments : {R"({"what": "un)", R"("text")", "[1]", "{} and more"}) {
    std::vector<ChoiceEvent> events(1, ChoiceEvent{.tokens = {}, .result = GenerateResult{}});
    events[0].parts = {{PartKind::kToolName, "find"}, {PartKind::kToolArguments, arguments}};
    events[0].result->reason = FinishReason::kLength;
    const auto exchange = *make_anthropic_message(
        json_of(R"({"max_tokens": 20, "messages": [{"role": "user", "content": "a"}]})"), call);
    const Json body = play(*exchange, events).body;
    EXPECT_EQ(body["stop_reason"], "max_tokens");
    ASSERT_EQ(body["content"].size(), 1u);
    EXPECT_EQ(body["content"][0]["input"], Json::object()) << arguments;
    ASSERT_EQ(body["warnings"].size(), 1u);
    EXPECT_NE(body["warnings"][0].get<std::string>().find("(find)"), std::string::npos);
  }
  std::vector<ChoiceEvent> whole = course();
  const auto exchange = *make_anthropic_message(
      json_of(R"({"max_tokens": 20, "messages": [{"role": "user", "content": "a"}]})"), call);
  EXPECT_FALSE(play(*exchange, whole).body.contains("warnings"));
}

TEST_F(ChoicePartsTest, OfALine) {
  const auto make = [&](bool stream) {
    Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
    body["stream"] = stream;
    return *make_ollama_chat(body, call);
  };
  const Json body = play(*make(false), course()).body;
  EXPECT_EQ(body["done_reason"], "stop");
  Json message = body["message"];
  EXPECT_EQ(message["thinking"], "hmm");
  EXPECT_EQ(message["content"], "I look it up.");
  ASSERT_EQ(message["tool_calls"].size(), 2u);
  EXPECT_EQ(message["tool_calls"][0]["function"],
            json_of(R"({"index": 0, "name": "find", "arguments": {"what": 1}})"));
  EXPECT_EQ(message["tool_calls"][1]["function"],
            json_of(R"({"index": 1, "name": "stop", "arguments": {}})"));

  // Clients add up texts and calls; what is thought comes before what is said.
  Json together = {{"role", "assistant"}, {"content", ""}, {"thinking", ""}, {"tool_calls", Json::array()}};
  size_t num_done = 0;
  for (const Json& line : play(*make(true), course()).frames) {
    const Json& piece = line["message"];
    for (const char* name : {"content", "thinking"}) {
      together[name] = together[name].get<std::string>() + piece.value(name, "");
    }
    for (const Json& one : piece.value("tool_calls", Json::array())) together["tool_calls"].push_back(one);
    num_done += size_t(line["done"] == true);
  }
  EXPECT_EQ(num_done, 1u);
  for (Json* all : {&together, &message}) {
    for (Json& one : (*all)["tool_calls"]) one.erase("id");
  }
  EXPECT_EQ(together, message);
}

TEST_F(ChoicePartsTest, OfAMessage) {
  const auto make = [&](bool stream) {
    Json body = json_of(R"({"max_tokens": 20, "messages": [{"role": "user", "content": "a"}]})");
    body["stream"] = stream;
    return *make_anthropic_message(body, call);
  };
  const Json body = play(*make(false), course()).body;
  EXPECT_EQ(body["stop_reason"], "tool_use");
  Json content = body["content"];
  ASSERT_EQ(content.size(), 4u);
  EXPECT_EQ(content[0], json_of(R"({"type": "thinking", "thinking": "hmm", "signature": ""})"));
  EXPECT_EQ(content[1], json_of(R"({"type": "text", "text": "I look it up."})"));
  EXPECT_EQ(content[2]["name"], "find");
  EXPECT_EQ(content[2]["input"], json_of(R"({"what": 1})"));
  EXPECT_EQ(content[3]["input"], Json::object());

  Json blocks = Json::array();
  std::string json;
  bool is_open = false;
  for (const Json& frame : play(*make(true), course()).frames) {
    if (frame["type"] == "content_block_start") {
      EXPECT_FALSE(std::exchange(is_open, true));
      EXPECT_EQ(frame["index"], blocks.size());
      blocks.push_back(frame["content_block"]);
      json.clear();
    } else if (frame["type"] == "content_block_delta") {
      EXPECT_TRUE(is_open);
      Json& block = blocks.back();
      for (const char* name : {"text", "thinking"}) {
        if (!frame["delta"].contains(name)) continue;
        block[name] = block[name].get<std::string>() + frame["delta"][name].get<std::string>();
      }
      json += frame["delta"].value("partial_json", "");
    } else if (frame["type"] == "content_block_stop") {
      EXPECT_TRUE(std::exchange(is_open, false));
      if (!json.empty()) blocks.back()["input"] = json_of(json);
    } else if (frame["type"] == "message_delta") {
      EXPECT_EQ(frame["delta"]["stop_reason"], "tool_use");
    }
  }
  for (Json* all : {&blocks, &content}) {
    for (Json& block : *all) block.erase("id");
  }
  EXPECT_EQ(blocks, content);
}

TEST_F(ChoicePartsTest, NothingAtAllIsAnEmptyText) {
  std::vector<ChoiceEvent> events(1, ChoiceEvent{.tokens = {}, .result = GenerateResult{}});
  const auto exchange = *make_anthropic_message(
      json_of(R"({"max_tokens": 20, "stream": true, "messages": [{"role": "user", "content": "a"}]})"), call);
  const Said said = play(*exchange, events);
  EXPECT_EQ(said.body["content"], json_of(R"([{"type": "text", "text": ""}])"));
  EXPECT_EQ(said.frames[2]["content_block"], said.body["content"][0]);
  EXPECT_EQ(said.frames[3]["type"], "content_block_stop");
}

TEST_F(ChoicePartsTest, OfAResponse) {
  Json kept;
  const ResponseMemory memory = {.recall = [](const std::string&) -> Result<Json> { return Json::array(); },
                                 .keep =
                                     [&](const Json&, const Json& messages) {
                                       kept = messages;
                                       return true;
                                     }};
  const auto made = make_response(json_of(R"({"input": "a", "stream": true})"), call, memory);
  const Said said = play(*made->exchange, course());
  const Json& output = said.body["output"];
  ASSERT_EQ(output.size(), 4u);
  EXPECT_EQ(output[0]["type"], "reasoning");
  EXPECT_EQ(output[0]["content"], json_of(R"([{"type": "reasoning_text", "text": "hmm"}])"));
  EXPECT_EQ(output[1]["content"][0]["text"], "I look it up.");
  EXPECT_EQ(output[2]["name"], "find");
  EXPECT_EQ(output[2]["arguments"], R"({"what": 1})");
  EXPECT_EQ(output[3]["arguments"], "");
  const Json& turn = kept.back();
  EXPECT_EQ(turn["content"], "I look it up.");
  EXPECT_EQ(turn["reasoning_content"], "hmm");
  ASSERT_EQ(turn["tool_calls"].size(), 2u);
  EXPECT_EQ(turn["tool_calls"][0]["id"], output[2]["call_id"]);

  // Items come one after the other, each as its deltas say.
  Json items = Json::array();
  std::string text;
  for (size_t i = 0; i < said.frames.size(); ++i) {
    const Json& event = said.frames[i];
    const auto type = event["type"].get<std::string>();
    EXPECT_EQ(event["sequence_number"], i);
    if (type == "response.output_item.added") {
      EXPECT_EQ(event["output_index"], items.size());
      text.clear();
    } else if (type.ends_with(".delta")) {
      text += event["delta"].get<std::string>();
    } else if (type == "response.output_text.done" || type == "response.reasoning_text.done") {
      EXPECT_EQ(event["text"], text);
    } else if (type == "response.function_call_arguments.done") {
      EXPECT_EQ(event["arguments"], text);
    } else if (type == "response.output_item.done") {
      EXPECT_EQ(event["item"]["status"], "completed");
      items.push_back(event["item"]);
    }
  }
  EXPECT_EQ(items, output);
}

}  // namespace
}  // namespace hearth::api
