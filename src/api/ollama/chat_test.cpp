#include "api/ollama/chat.h"

#include <algorithm>

#include "api/call/api_error.h"
#include "api/ollama/messages.h"
#include "api/ollama/request.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class OllamaChat : public testing::ApiFixture {
 protected:
  std::unique_ptr<Exchange> make(std::string_view body) {
    auto made = make_ollama_chat(json_of(body), call);
    EXPECT_TRUE(made.has_value()) << body << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
  }
  Error refused(std::string_view body) {
    auto made = make_ollama_chat(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error() : made.error();
  }
  GenerateRequest request_of(std::string_view body) { return std::move(make(body)->take_requests()[0]); }

  /// A model that can be told to think, or not to.
  void make_it_think() {
    thinking_template = *ChatTemplate::parse(
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "<|im_start|>assistant\n{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}");
    model.chat_template = &*thinking_template;
    model.reasoning = {.start = "<think>", .end = "</think>", .switch_name = "enable_thinking"};
  }

  std::optional<ChatTemplate> thinking_template;
};

TEST_F(OllamaChat, DefaultsAreOllamas) {
  const GenerateRequest request = request_of(R"({"messages": [{"role": "user", "content": "a"}]})");
  EXPECT_FLOAT_EQ(request.sampling.temperature, 0.8f);
  EXPECT_EQ(request.sampling.top_k, 40);
  EXPECT_FLOAT_EQ(request.sampling.top_p, 0.9f);
  EXPECT_FLOAT_EQ(request.sampling.min_p, 0.0f);
  EXPECT_FLOAT_EQ(request.sampling.repetition_penalty, 1.0f);
  EXPECT_EQ(request.sampling.penalty_last_n, 64);
  EXPECT_EQ(*request.max_tokens, model.context - request.prompt.size());
  EXPECT_TRUE(make(R"({"messages": [{"role": "user", "content": "a"}]})")->streams());
}

TEST_F(OllamaChat, TheModelsOwnParametersComeFirstAndTheRequestsBeforeThem) {
  model.default_sampling.temperature = 0.3f;
  model.recommends_sampling = true;
  constexpr std::string_view kBody = R"({"messages": [{"role": "user", "content": "a"}]})";
  EXPECT_FLOAT_EQ(request_of(kBody).sampling.temperature, 0.3f);
  auto preset = std::make_shared<ModelPreset>();
  preset->options = json_of(R"({"temperature": 0.4, "stop": ["x"], "num_gpu": 1, "num_predict": 7})");
  model.preset = preset;
  const GenerateRequest request = request_of(kBody);
  EXPECT_FLOAT_EQ(request.sampling.temperature, 0.4f);
  EXPECT_EQ(request.stop, std::vector<std::string>{"x"});
  EXPECT_EQ(request.max_tokens, 7u);
  const GenerateRequest own = request_of(
      R"({"messages": [{"role": "user", "content": "a"}], "options": {"temperature": 0, "num_predict": -1, "stop": null}})");
  EXPECT_FLOAT_EQ(own.sampling.temperature, 0.0f);
  EXPECT_GT(*own.max_tokens, 7u);
  EXPECT_EQ(own.stop, std::vector<std::string>{"x"});
}

TEST_F(OllamaChat, OptionsAreReadByOllamasNames) {
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "a"}], "stream": false, "options":
    {"num_ctx": 100, "num_predict": 5, "top_k": 3, "repeat_penalty": 1.5, "seed": 42, "stop": ["a", "b"],
     "num_gpu": 99, "num_thread": 3, "use_mmap": true, "num_batch": 512, "colour": "red", "temperature": null}})");
  const GenerateRequest request = std::move(exchange->take_requests()[0]);
  EXPECT_EQ(request.max_tokens, 5u);
  EXPECT_EQ(request.sampling.top_k, 3);
  EXPECT_FLOAT_EQ(request.sampling.repetition_penalty, 1.5f);
  EXPECT_EQ(request.sampling.seed, 42u);
  EXPECT_EQ(request.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(exchange->notes(), std::vector<std::string>{R"(options: "colour" is not known, and left aside)"});
}

TEST_F(OllamaChat, AnErrorNamesTheOption) {
  const auto with = [](const char* options) {
    return std::string(R"({"messages": [{"role": "user", "content": "a"}], "options": )") + options + "}";
  };
  EXPECT_EQ(parameter_of(refused(with(R"({"temperature": -1})"))), "options.temperature");
  EXPECT_EQ(parameter_of(refused(with(R"({"num_predict": "many"})"))), "options.num_predict");
  EXPECT_EQ(parameter_of(refused(with(R"({"stop": [1]})"))), "options.stop");
  EXPECT_EQ(parameter_of(refused(with("[]"))), "options");
  EXPECT_EQ(parameter_of(refused(with(R"({}, "format": "xml")"))), "format");
}

TEST_F(OllamaChat, NumCtxLimitsTheContextAndNeverRaisesIt) {
  const auto with = [](int num_ctx) {
    return R"({"messages": [{"role": "user", "content": "a"}], "options": {"num_ctx": )" +
           std::to_string(num_ctx) + "}}";
  };
  const GenerateRequest request = request_of(with(64));
  EXPECT_EQ(request.prompt.size() + *request.max_tokens, 64u);
  const auto larger = make(with(100'000));
  EXPECT_NE(larger->notes()[0].find("loaded with a context of 4096"), std::string::npos);
  const GenerateRequest most = std::move(larger->take_requests()[0]);
  EXPECT_EQ(most.prompt.size() + *most.max_tokens, model.context);
  EXPECT_EQ(refused(with(3)).code, ErrorCode::kContextOverflow);
}

TEST_F(OllamaChat, UnknownMembersAreNotedAndNotRefused) {
  const auto exchange =
      make(R"({"messages": [{"role": "user", "content": "a", "mood": 1}], "session": "x"})");
  EXPECT_EQ(exchange->notes(),
            (std::vector<std::string>{R"("session" is not known, and left aside)",
                                      R"(messages[0]: "mood" is not known, and left aside)"}));
  Json many = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
  for (int i = 0; i < 200; ++i) many["member" + std::to_string(i)] = i;
  EXPECT_LE((*make_ollama_chat(many, call))->notes().size(), 16u);
}

TEST_F(OllamaChat, MessagesBecomeThoseOfTemplates) {
  std::vector<std::string> notes;
  const Json read = *read_ollama_messages(
      json_of(R"([{"role": "system", "content": "s"}, {"role": "user", "content": "u", "images": []},
        {"role": "assistant", "content": "", "thinking": "t", "tool_calls": [
          {"function": {"index": 0, "name": "f", "arguments": {"x": 1}}},
          {"id": "own", "function": {"name": "g", "arguments": {}}}]},
        {"role": "tool", "tool_name": "g", "content": "of g"}, {"role": "tool", "content": "of f"},
        {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]},
        {"role": "tool", "tool_call_id": "call_2", "content": "again"}])"),
      notes);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(read[2]["reasoning_content"], "t");
  EXPECT_EQ(read[2]["tool_calls"][0]["id"], "call_0");
  EXPECT_EQ(read[2]["tool_calls"][0]["function"]["arguments"], R"({"x":1})");
  EXPECT_EQ(read[2]["tool_calls"][1]["id"], "own");
  EXPECT_EQ(read[3]["tool_call_id"], "own");
  EXPECT_EQ(read[4]["tool_call_id"], "call_0");
  EXPECT_EQ(read[4]["name"], "f");
  EXPECT_EQ(read[5]["tool_calls"][0]["id"], "call_2");
  EXPECT_EQ(read[6]["name"], "f");
}

TEST_F(OllamaChat, WhatNoModelHereReadsIsRefused) {
  const Error image = refused(R"({"messages": [{"role": "user", "content": "a", "images": ["aGk="]}]})");
  EXPECT_EQ(image.code, ErrorCode::kUnsupported);
  EXPECT_EQ(parameter_of(image), "messages[0].images");
  EXPECT_EQ(parameter_of(refused(R"({"messages": [{"role": "narrator", "content": "a"}]})")),
            "messages[0].role");
  EXPECT_EQ(parameter_of(refused(R"({"messages": [{"content": "a"}]})")), "messages[0].role");
  EXPECT_EQ(parameter_of(refused(R"({"messages": [{"role": "assistant", "tool_calls": [{}]}]})")),
            "messages[0].tool_calls[0].function");
}

TEST_F(OllamaChat, APresetComesBeforeTheConversation) {
  auto preset = std::make_shared<ModelPreset>();
  preset->system = "sys";
  preset->messages = json_of(R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}])");
  model.preset = preset;
  const auto text = [&](std::string_view body) {
    return std::string(request_of(body).prompt.segments().back().text);
  };
  const std::string all = text(R"({"messages": [{"role": "user", "content": "mine"}]})");
  EXPECT_LT(all.find("sys"), all.find("\nq<"));
  EXPECT_LT(all.find("\nr<"), all.find("mine"));
  const std::string own =
      text(R"({"messages": [{"role": "system", "content": "other"}, {"role": "user", "content": "mine"}]})");
  EXPECT_EQ(own.find("sys\n"), std::string::npos);
  EXPECT_EQ(own.find("\nsys<"), std::string::npos);
  EXPECT_LT(own.find("other"), own.find("\nq<"));
}

TEST_F(OllamaChat, ThinkIsWhatTheTemplateTakes) {
  EXPECT_EQ(
      refused(R"({"model": "tiny", "messages": [{"role": "user", "content": "a"}], "think": true})").message,
      "\"tiny\" does not support thinking");
  EXPECT_NE(make(R"({"messages": [{"role": "user", "content": "a"}], "think": false})"), nullptr);
  make_it_think();
  const auto text = [&](const char* think) {
    return std::string(
        request_of(std::string(R"({"messages": [{"role": "user", "content": "a"}])") + think + "}")
            .prompt.segments()
            .back()
            .text);
  };
  EXPECT_EQ(text("").find("</think>"), std::string::npos);
  EXPECT_EQ(text(R"(, "think": true)").find("</think>"), std::string::npos);
  EXPECT_EQ(text(R"(, "think": "low")").find("</think>"), std::string::npos);
  EXPECT_NE(text(R"(, "think": false)").find("</think>"), std::string::npos);
}

TEST_F(OllamaChat, TheOldestTurnsAreLeftOutWhereThatIsAskedFor) {
  Json body = json_of(R"({"options": {"num_ctx": 200, "num_predict": 20}, "stream": false})");
  body["messages"] = json_of(R"([{"role": "system", "content": "keep me"}])");
  for (int i = 0; i < 40; ++i) {
    body["messages"].push_back({{"role", "user"}, {"content", "question " + std::to_string(i)}});
    body["messages"].push_back({{"role", "assistant"}, {"content", "answer"}});
  }
  body["messages"].push_back({{"role", "user"}, {"content", "the last"}});
  const auto whole = make_ollama_chat(body, call);
  ASSERT_FALSE(whole.has_value());
  EXPECT_EQ(whole.error().code, ErrorCode::kContextOverflow);
  body["truncate"] = true;
  const auto exchange = *make_ollama_chat(body, call);
  const GenerateRequest request = std::move(exchange->take_requests()[0]);
  EXPECT_LT(request.prompt.size(), 200u);
  const std::string text(request.prompt.segments().back().text);
  EXPECT_NE(text.find("keep me"), std::string::npos);
  EXPECT_NE(text.find("the last"), std::string::npos);
  EXPECT_EQ(text.find("question 0<"), std::string::npos);
  EXPECT_NE(text.find("question 39<"), std::string::npos);
  exchange->accept(ended(0, FinishReason::kStop));
  const Json response = *exchange->body();
  EXPECT_EQ(response["truncated"], true);
  EXPECT_GT(response["dropped_tokens"], 100);
  // What is too long by itself is refused all the same.
  body["messages"] = Json::array({{{"role", "user"}, {"content", std::string(5000, 'a')}}});
  EXPECT_EQ(make_ollama_chat(body, call).error().code, ErrorCode::kContextOverflow);
}

TEST_F(OllamaChat, AnAnswerIsWholeAndHasDurations) {
  call.load_time = std::chrono::milliseconds(3);
  const auto exchange =
      make(R"({"model": "mine", "messages": [{"role": "user", "content": "a"}], "stream": false,
                                 "logprobs": true, "top_logprobs": 1})");
  exchange->take_requests();
  exchange->accept(said(0, "hello", 300));
  ChoiceEvent last = ended(0, FinishReason::kStop, {10, 4, 2});
  last.tokens.push_back({.id = 1, .logprob = 0, .top_logprobs = {}});
  last.result->timings = {std::chrono::nanoseconds(5), std::chrono::nanoseconds(70),
                          std::chrono::nanoseconds(900)};
  exchange->accept(last);
  Json body = *exchange->body();
  EXPECT_EQ(body["model"], "mine");
  EXPECT_TRUE(body["created_at"].get<std::string>().ends_with("Z"));
  EXPECT_EQ(body["message"], json_of(R"({"role": "assistant", "content": "hello"})"));
  EXPECT_EQ(body["done"], true);
  EXPECT_EQ(body["done_reason"], "stop");
  EXPECT_EQ(body["total_duration"], 3'000'975);
  EXPECT_EQ(body["load_duration"], 3'000'000);
  EXPECT_EQ(body["prompt_eval_count"], 10);
  EXPECT_EQ(body["prompt_eval_cached_count"], 4);
  EXPECT_EQ(body["prompt_eval_duration"], 70);
  EXPECT_EQ(body["eval_count"], 2);
  EXPECT_EQ(body["eval_duration"], 900);
  ASSERT_EQ(body["logprobs"].size(), 1u);
  EXPECT_EQ(body["logprobs"][0]["logprob"], -0.5);
  EXPECT_EQ(body["logprobs"][0]["top_logprobs"].size(), 1u);
}

TEST_F(OllamaChat, ACallThatIsNoObjectIsLeftOutAndSaid) {
  model.make_parser = plain_output;
  for (const bool stream : {false, true}) {
    Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
    body["stream"] = stream;
    const auto exchange = *make_ollama_chat(body, call);
    exchange->take_requests();
    ChoiceEvent event = ended(0, FinishReason::kLength);
    event.parts = {{PartKind::kToolName, "good"},
                   {PartKind::kToolArguments, "{}"},
                   {PartKind::kToolName, "cut"},
                   {PartKind::kToolArguments, R"({"what": "un)"}};
    Json last;
    std::vector<std::string> called;
    const auto take = [&](const Json& line) {
      for (const Json& one : line["message"].value("tool_calls", Json::array())) {
        called.push_back(one["function"]["name"].get<std::string>());
      }
      last = line;
    };
    for (const StreamFrame& frame : exchange->accept(event)) take(json_of(frame.data));
    if (!stream) take(*exchange->body());
    EXPECT_EQ(called, std::vector<std::string>{"good"});
    EXPECT_EQ(last["done_reason"], "length");
    ASSERT_EQ(last["warnings"].size(), 1u);
    EXPECT_NE(last["warnings"][0].get<std::string>().find("cut"), std::string::npos);
  }
}

TEST_F(OllamaChat, AnErrorInAStreamIsALine) {
  const auto exchange = make(R"({"messages": [{"role": "user", "content": "a"}]})");
  exchange->take_requests();
  ChoiceEvent failed = ended(0, FinishReason::kError);
  failed.result->error = Error{ErrorCode::kNotFinite, "no number", {}};
  const auto frames = exchange->accept(failed);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(exchange->framing().write(frames[0]), "{\"error\":\"no number\"}\n");
  EXPECT_EQ(exchange->framing().content_type, "application/x-ndjson");
}

TEST_F(OllamaChat, AnIdleRequestSaysWhatBecomesOfTheModel) {
  const auto wish = [](std::string_view body, OllamaCall::Kind kind) {
    return *read_model_wish(json_of(body), kind);
  };
  using Kind = OllamaCall::Kind;
  EXPECT_TRUE(wish(R"({"model": "m"})", Kind::kChat).is_idle);
  EXPECT_TRUE(wish(R"({"messages": []})", Kind::kChat).is_idle);
  EXPECT_FALSE(wish(R"({"messages": [{}]})", Kind::kChat).is_idle);
  EXPECT_TRUE(wish(R"({"prompt": ""})", Kind::kGenerate).is_idle);
  EXPECT_FALSE(wish(R"({"prompt": "a", "keep_alive": 0})", Kind::kGenerate).unloads());
  EXPECT_TRUE(wish(R"({"keep_alive": 0})", Kind::kGenerate).unloads());
  EXPECT_TRUE(wish(R"({"keep_alive": "0s"})", Kind::kGenerate).unloads());
  EXPECT_EQ(wish(R"({"keep_alive": -1})", Kind::kGenerate).keep_alive, kKeepForever);
  EXPECT_FALSE(read_model_wish(json_of(R"({"keep_alive": "soon"})"), Kind::kChat).has_value());
  const Json body = ollama_idle_body(Kind::kChat, "m", "unload");
  EXPECT_EQ(body["done_reason"], "unload");
  EXPECT_EQ(body["message"]["content"], "");
}

TEST_F(OllamaChat, TimesAreWrittenAsGoReadsThem) {
  using namespace std::chrono;
  const auto time = sys_days(year(2026) / 2 / 3) + hours(4) + minutes(5) + seconds(6) + nanoseconds(78);
  EXPECT_EQ(ollama_time(time_point_cast<system_clock::duration>(time)), "2026-02-03T04:05:06.000000078Z");
}

}  // namespace
}  // namespace hearth::api
