#include <algorithm>
#include <map>

#include "api/anthropic/messages.h"
#include "api/ollama/chat.h"
#include "api/ollama/generate.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

// What a stream says, put together as clients do, is what a whole response says: for every dialect, every way
// to ask, and every course that a completion may take.

namespace hearth::api {
namespace {

using testing::json_of;

constexpr TokenId kEnd = 1, kOther = 310;

/// What the engine says of one choice: its events, the last of them with the result.
struct Course {
  const char* name;
  std::vector<ChoiceEvent> events;
};

ChoiceEvent step(std::string text, const std::vector<TokenId>& ids) {
  ChoiceEvent event{.tokens = {}, .result = {}};
  append_part(event.parts, {.text = std::move(text)});
  for (const TokenId id : ids) {
    const float logprob = -0.25f * float(id % 7 + 1);
    event.tokens.push_back(
        {.id = id, .logprob = logprob, .top_logprobs = {{id, logprob}, {kOther, logprob - 1.0f}}});
  }
  return event;
}

ChoiceEvent last_step(std::string text, const std::vector<TokenId>& ids, FinishReason reason,
                      std::string stop = {}) {
  ChoiceEvent event = step(std::move(text), ids);
  event.result = GenerateResult{};
  event.result->reason = reason;
  event.result->stop = std::move(stop);
  return event;
}

/// A byte that begins a character and one that goes on with it, as tokens of their own; tokens that come
/// together, as accepted drafts do; text that was held back, since it might have been a stop string.
std::vector<Course> courses() {
  return {
      {"ends its turn", {step("a", {300}), step(" b", {301}), last_step("", {kEnd}, FinishReason::kStop)}},
      {"ends its turn at once", {last_step("", {kEnd}, FinishReason::kStop)}},
      {"ends its turn with drafts",
       {step("a", {300}), last_step("bc", {301, 302, kEnd}, FinishReason::kStop)}},
      {"is cut by its length", {step("a", {300}), last_step("b", {301}, FinishReason::kLength)}},
      {"is cut in a character",
       {step("a", {300}), step("", {190}), last_step("\xef\xbf\xbd", {191}, FinishReason::kLength)}},
      {"has tokens without text",
       {step("", {190}), step("\xc3\xa9", {191}), step("", {190}), step("", {191}),
        step("\xe2\x82\xac", {192}), last_step("", {kEnd}, FinishReason::kStop)}},
      {"stops at a string",
       {step("a", {300}), step("", {301}), last_step("", {302}, FinishReason::kStop, "bc")}},
      {"stops in a token", {step("a", {300}), last_step("b", {301}, FinishReason::kStop, "c")}},
      {"holds back what is no stop string",
       {step("a", {300}), step("", {301}), step("bcd", {302}), last_step("", {kEnd}, FinishReason::kStop)}},
      {"says nothing", {last_step("", {}, FinishReason::kLength)}},
  };
}

/// What there is to say about a completion.
struct Said {
  std::vector<Json> choices;  ///< {"text", "logprobs", "finish"}
  Json usage;
};

void add_to(Json& list, const Json& more) {
  for (const Json& one : more) list.push_back(one);
}

/// Puts the logprobs of two pieces together: arrays by name are joined, null is nothing.
void join_logprobs(Json& whole, const Json& piece) {
  if (piece.is_null()) return;
  if (whole.is_null()) whole = Json::object();
  for (const auto& [name, value] : piece.items()) {
    if (!value.is_array()) {
      whole[name] = value;
    } else {
      if (!whole.contains(name)) whole[name] = Json::array();
      add_to(whole[name], value);
    }
  }
}

/// Lists without an entry say as much as none.
Json or_nothing(const Json& logprobs) {
  const bool says_something = !logprobs.is_null() && std::ranges::any_of(logprobs, [](const Json& list) {
    return list.is_array() && !list.empty();
  });
  return says_something ? logprobs : Json(nullptr);
}

Said said_of_chat_or_completion(const std::vector<StreamFrame>& frames, size_t num_choices) {
  Said said;
  said.choices.assign(num_choices, {{"text", ""}, {"logprobs", nullptr}, {"finish", nullptr}});
  for (const StreamFrame& frame : frames) {
    const Json chunk = json_of(frame.data);
    if (chunk.contains("usage") && !chunk["usage"].is_null()) said.usage = chunk["usage"];
    for (const Json& choice : chunk["choices"]) {
      Json& into = said.choices[choice["index"].get<size_t>()];
      const Json text =
          choice.contains("delta") ? choice["delta"].value("content", Json("")) : choice["text"];
      into["text"] = into["text"].get<std::string>() + text.get<std::string>();
      join_logprobs(into["logprobs"], choice["logprobs"]);
      if (!choice["finish_reason"].is_null()) {
        EXPECT_TRUE(into["finish"].is_null()) << "ended twice";
        into["finish"] = choice["finish_reason"];
      }
    }
  }
  return said;
}

Said said_of_chat_or_completion(const Json& body) {
  Said said{.choices = {}, .usage = body["usage"]};
  for (const Json& choice : body["choices"]) {
    said.choices.push_back(
        {{"text", choice.contains("message") ? choice["message"]["content"] : choice["text"]},
         {"logprobs", or_nothing(choice["logprobs"])},
         {"finish", choice["finish_reason"]}});
  }
  return said;
}

Said said_of_response(const Json& body) {
  const Json& part = body["output"][0]["content"][0];
  return {.choices = {{{"text", part["text"]},
                       {"logprobs", {{"content", part["logprobs"]}}},
                       {"finish", {body["status"], body["incomplete_details"]}}}},
          .usage = body["usage"]};
}

/// By the deltas; what the done events and the last one repeat must be the same.
Said said_of_response(const std::vector<StreamFrame>& frames) {
  Json text = "", logprobs = Json::array(), done, last;
  for (const StreamFrame& frame : frames) {
    const Json event = json_of(frame.data);
    if (event["type"] == "response.output_text.delta") {
      text = text.get<std::string>() + event["delta"].get<std::string>();
      add_to(logprobs, event["logprobs"]);
    }
    if (event["type"] == "response.output_text.done") done = event;
    last = event;
  }
  EXPECT_EQ(done["text"], text);
  EXPECT_EQ(done["logprobs"], logprobs);
  Said said = said_of_response(last["response"]);
  EXPECT_EQ(said.choices[0]["text"], text);
  EXPECT_EQ(said.choices[0]["logprobs"]["content"], logprobs);
  return said;
}

Said said_of_message(const Json& body) {
  return {.choices = {{{"text", body["content"][0]["text"]},
                       {"finish", {body["stop_reason"], body["stop_sequence"]}}}},
          .usage = body["usage"]};
}

Said said_of_message(const std::vector<StreamFrame>& frames) {
  Json message;
  for (const StreamFrame& frame : frames) {
    const Json event = json_of(frame.data);
    if (event["type"] == "message_start") message = event["message"];
    if (event["type"] == "content_block_start") message["content"].push_back(event["content_block"]);
    if (event["type"] == "content_block_delta") {
      Json& text = message["content"][event["index"].get<size_t>()]["text"];
      text = text.get<std::string>() + event["delta"]["text"].get<std::string>();
    }
    if (event["type"] == "message_delta") {
      message.update(event["delta"]);
      message["usage"].update(event["usage"]);
    }
  }
  return said_of_message(message);
}

/// Of lines of either of Ollama's forms, or of a whole body. What is told at the end counts as usage.
Said said_of_ollama(const std::vector<Json>& lines) {
  Said said{.choices = {{{"text", ""}, {"logprobs", nullptr}, {"finish", nullptr}}}, .usage = {}};
  Json& choice = said.choices[0];
  for (const Json& line : lines) {
    EXPECT_TRUE(choice["finish"].is_null()) << "goes on behind its end";
    const Json& text = line.contains("message") ? line["message"]["content"] : line["response"];
    choice["text"] = choice["text"].get<std::string>() + text.get<std::string>();
    if (line.contains("logprobs")) join_logprobs(choice["logprobs"], {{"content", line["logprobs"]}});
    if (line["done"] == false) continue;
    choice["finish"] = line["done_reason"];
    for (const char* name :
         {"prompt_eval_count", "prompt_eval_cached_count", "eval_count", "total_duration", "context"}) {
      said.usage[name] = line.value(name, Json());
    }
  }
  EXPECT_FALSE(choice["finish"].is_null());
  return said;
}

class WholeAndStreamed : public testing::ApiFixture {
 protected:
  using Maker = Result<std::unique_ptr<Exchange>> (*)(const Json& body, const ApiCall& call);

  /// Makes an exchange of a body, and lets each of its choices take a course, in turns.
  std::unique_ptr<Exchange> play(Maker make, const Json& body, const Course& course,
                                 std::vector<StreamFrame>& frames) {
    auto made = make(body, call);
    EXPECT_TRUE(made.has_value()) << body << (made ? "" : made.error().message);
    Exchange& exchange = **made;
    const auto requests = exchange.take_requests();
    frames = exchange.begin();
    for (size_t i = 0; i < course.events.size(); ++i) {
      for (size_t choice = 0; choice < requests.size(); ++choice) {
        ChoiceEvent event = course.events[i];
        event.choice = choice;
        if (i == 0 && requests[choice].prompt_logprobs >= 0) {
          for (const TokenId id : requests[choice].prompt.tokens())
            event.prompt_logprobs.push_back(step("", {id}).tokens[0]);
        }
        if (event.result) event.result->usage = {requests[choice].prompt.size(), 2, 5 + choice};
        for (StreamFrame& frame : exchange.accept(event)) frames.push_back(std::move(frame));
      }
    }
    num_choices_ = requests.size();
    return std::move(*made);
  }

  template <typename OfWhole, typename OfStream>
  void compare(Maker make, Json body, const OfWhole& of_whole, const OfStream& of_stream) {
    for (const Course& course : courses()) {
      SCOPED_TRACE(course.name + std::string(" ") + dump_json(body));
      std::vector<StreamFrame> frames;
      body["stream"] = false;
      const auto whole = play(make, body, course, frames);
      const Said said = of_whole(*whole->body());
      body["stream"] = true;
      play(make, body, course, frames);
      const Said streamed = of_stream(frames);
      EXPECT_EQ(streamed.choices, said.choices);
      EXPECT_EQ(streamed.usage, said.usage);
    }
  }

  size_t num_choices_ = 0;
};

TEST_F(WholeAndStreamed, Chats) {
  for (const char* logprobs : {"{}", R"({"logprobs": true})", R"({"logprobs": true, "top_logprobs": 2})"}) {
    for (const int n : {1, 3}) {
      Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}],
                              "stream_options": {"include_usage": true}})");
      body.update(json_of(logprobs));
      body["n"] = n;
      compare(
          make_chat_completion, body, [](const Json& whole) { return said_of_chat_or_completion(whole); },
          [&](const std::vector<StreamFrame>& frames) {
            return said_of_chat_or_completion(frames, num_choices_);
          });
    }
  }
}

TEST_F(WholeAndStreamed, Completions) {
  for (const char* logprobs : {"{}", R"({"logprobs": 0})", R"({"logprobs": 2})"}) {
    for (const char* prompt : {R"("hello a")", R"([[300, 190, 191], [301]])", R"(["a", "b"])"}) {
      for (const bool echo : {false, true}) {
        for (const int n : {1, 2}) {
          Json body = {{"prompt", json_of(prompt)},
                       {"echo", echo},
                       {"n", n},
                       {"stream_options", {{"include_usage", true}}}};
          body.update(json_of(logprobs));
          compare(
              make_completion, body, [](const Json& whole) { return said_of_chat_or_completion(whole); },
              [&](const std::vector<StreamFrame>& frames) {
                return said_of_chat_or_completion(frames, num_choices_);
              });
        }
      }
    }
  }
}

TEST_F(WholeAndStreamed, Responses) {
  const auto make = [](const Json& body, const ApiCall& call) -> Result<std::unique_ptr<Exchange>> {
    return std::move(
        TRY(make_response(body, call, {.recall = {}, .keep = [](const Json&, const Json&) { return true; }}))
            .exchange);
  };
  for (const char* logprobs : {"{}", R"({"include": ["message.output_text.logprobs"]})",
                               R"({"include": ["message.output_text.logprobs"], "top_logprobs": 2})"}) {
    Json body = {{"input", "a"}};
    body.update(json_of(logprobs));
    compare(
        make, body, [](const Json& whole) { return said_of_response(whole); },
        [](const std::vector<StreamFrame>& frames) { return said_of_response(frames); });
  }
}

TEST_F(WholeAndStreamed, Messages) {
  const Json body = json_of(R"({"messages": [{"role": "user", "content": "a"}], "max_tokens": 9})");
  compare(
      make_anthropic_message, body, [](const Json& whole) { return said_of_message(whole); },
      [](const std::vector<StreamFrame>& frames) { return said_of_message(frames); });
}

TEST_F(WholeAndStreamed, OllamasChatsAndPrompts) {
  const auto of_whole = [](const Json& whole) { return said_of_ollama({whole}); };
  const auto of_stream = [](const std::vector<StreamFrame>& frames) {
    std::vector<Json> lines;
    for (const StreamFrame& frame : frames) lines.push_back(json_of(frame.data));
    return said_of_ollama(lines);
  };
  for (const char* logprobs : {"{}", R"({"logprobs": true})", R"({"logprobs": true, "top_logprobs": 2})"}) {
    Json chat = json_of(R"({"messages": [{"role": "user", "content": "a"}]})");
    chat.update(json_of(logprobs));
    compare([](const Json& body, const ApiCall& call) { return make_ollama_chat(body, call); }, chat,
            of_whole, of_stream);
    Json prompt = {{"prompt", "a"}};
    prompt.update(json_of(logprobs));
    compare([](const Json& body, const ApiCall& call) { return make_ollama_generate(body, call); }, prompt,
            of_whole, of_stream);
  }
}

/// Which tokens have log-probabilities: all that were drawn as text, a stop string's among them. The one that
/// ended the turn is among those of /v1/completions alone, where harnesses count on one more than the prompt
/// has.
TEST_F(WholeAndStreamed, TellOfTheSameTokens) {
  for (const Course& course : courses()) {
    SCOPED_TRACE(course.name);
    std::vector<TokenId> drawn;
    for (const ChoiceEvent& event : course.events) {
      for (const SampledToken& token : event.tokens) drawn.push_back(token.id);
    }
    const auto spoken = size_t(std::ranges::count_if(drawn, [](TokenId id) { return id != kEnd; }));
    std::vector<StreamFrame> frames;
    const auto chat = play(make_chat_completion, json_of(R"({"messages": [{"role": "user", "content": "a"}],
                                                             "logprobs": true})"),
                           course, frames);
    EXPECT_EQ((*chat->body())["choices"][0]["logprobs"]["content"].size(), spoken);
    const auto completion = play(
        make_completion, json_of(R"({"prompt": [5, 6, 7], "echo": true, "logprobs": 1})"), course, frames);
    EXPECT_EQ((*completion->body())["choices"][0]["logprobs"]["tokens"].size(), 3 + drawn.size());
  }
}

}  // namespace
}  // namespace hearth::api
