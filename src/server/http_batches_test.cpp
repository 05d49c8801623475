#include <algorithm>
#include <chrono>
#include <map>

#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// Requests for more responses than the server makes at once, and those that want none.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

ServerRig::Options few_places(std::chrono::microseconds step_time = 0ms) {
  ServerRig::Options options;
  options.step_time = step_time;
  options.max_running = 2;
  options.server.capacity = 3;
  return options;
}

json texts(int count) {
  json all = json::array();
  for (int i = 0; i < count; ++i) all.push_back(std::string(1 + size_t(i) % 9, char('a' + i % 25)));
  return all;
}

json response_of(ServerRig& rig, const char* path, const json& body) {
  const ReceivedResponse response = rig.ask(post(path, body.dump()));
  EXPECT_EQ(response.status, 200) << response.body.substr(0, 500);
  return json::parse(response.body, nullptr, false);
}

TEST(HttpBatches, AreServedInTurns) {
  ServerRig rig(few_places());
  const json inputs = texts(400);
  const json vectors = response_of(rig, "/v1/embeddings", {{"input", inputs}})["data"];
  ASSERT_EQ(vectors.size(), inputs.size());
  const json ask = {{"prompt", texts(60)}, {"n", 2}, {"max_tokens", 4}, {"seed", 3}, {"temperature", 1}};
  const json choices = response_of(rig, "/v1/completions", ask)["choices"];
  ASSERT_EQ(choices.size(), 120u);
  for (const size_t i : {0, 1, 2, 57, 59}) {
    EXPECT_EQ(vectors[i]["index"], i);
    EXPECT_EQ(vectors[i]["embedding"],
              response_of(rig, "/v1/embeddings", {{"input", inputs[i]}})["data"][0]["embedding"]);
    json alone = ask;
    alone["prompt"] = ask["prompt"][i];
    const json own = response_of(rig, "/v1/completions", alone)["choices"];
    for (size_t k = 0; k < 2; ++k) EXPECT_EQ(choices[2 * i + k]["text"], own[k]["text"]);
  }
  const json chat = {{"messages", {{{"role", "user"}, {"content", "a"}}}}, {"n", 30}, {"max_tokens", 2}};
  EXPECT_EQ(response_of(rig, "/v1/chat/completions", chat)["choices"].size(), 30u);
  EXPECT_TRUE(rig.is_quiet_within(2s));
}

TEST(HttpBatches, AreStreamedInTurns) {
  ServerRig rig(few_places());
  json ask = {{"prompt", texts(50)}, {"max_tokens", 3}, {"ignore_eos", true}, {"temperature", 0}};
  const json whole = response_of(rig, "/v1/completions", ask)["choices"];
  ask["stream"] = true;
  const ReceivedResponse response = rig.ask(post("/v1/completions", ask.dump()));
  ASSERT_TRUE(response.whole);
  std::map<size_t, std::string> streamed;
  size_t at = 0;
  while ((at = response.body.find("data: {", at)) != response.body.npos) {
    at += 6;
    const json chunk = json::parse(response.body.substr(at, response.body.find('\n', at) - at));
    const json& choice = chunk["choices"][0];
    streamed[choice["index"].get<size_t>()] += choice["text"].get<std::string>();
  }
  ASSERT_EQ(streamed.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(streamed[i], whole[i]["text"].get<std::string>());
  EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n"));
}

TEST(HttpBatches, LeaveRoomForOthers) {
  ServerRig rig(few_places(1ms));
  TestClient batch = rig.connect();
  batch.send(post("/v1/completions",
                  json({{"prompt", texts(500)}, {"max_tokens", 50}, {"ignore_eos", true}}).dump()));
  while (rig.engine->stats().num_finished < 2) std::this_thread::sleep_for(1ms);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(2, false))).status, 200);
  }
  EXPECT_LT(rig.engine->stats().num_finished, 500u) << "the batch has ended: nothing was shown";
  batch.close();
  EXPECT_TRUE(rig.is_quiet_within(2s));
  EXPECT_LT(rig.engine->stats().num_finished, 500u) << "what had not begun was made for nobody";
}

TEST(HttpBatches, EndWithTheServer) {
  ServerRig rig(few_places(1ms));
  TestClient batch = rig.connect();
  const json ask = {{"prompt", texts(20)}, {"max_tokens", 900}, {"ignore_eos", true}, {"stream", true}};
  batch.send(post("/v1/completions", ask.dump()));
  ASSERT_TRUE(batch.wait_for("data: "));
  rig.server->drain(50ms);
  ASSERT_TRUE(batch.wait_for("data: [DONE]\n\n", 2s));
  // Each choice is told of, also those that never began.
  size_t num_errors = 0;
  for (size_t at = 0; (at = batch.received().find("\"error\":{", at)) != std::string::npos; ++at)
    ++num_errors;
  EXPECT_EQ(num_errors, 20u);
  EXPECT_TRUE(rig.is_quiet_within(1s));
}

TEST(HttpBatches, FillTheContextWhereNoTokenIsWanted) {
  ServerRig rig;
  const std::string full(1000, 'a');
  for (const bool fits : {true, false}) {
    const std::string prompt = fits ? full : full + "a";
    const auto expect = [&](const char* path, const json& body) {
      SCOPED_TRACE(std::string(path) + body.dump().substr(1010));
      const ReceivedResponse response = rig.ask(post(path, body.dump()));
      EXPECT_EQ(response.status, fits ? 200 : 400) << response.body.substr(0, 300);
      if (fits) return;
      const json error = json::parse(response.body)["error"];
      EXPECT_EQ(error["code"], "context_length_exceeded");
      const auto message = error["message"].get<std::string>();
      EXPECT_NE(message.find("1001 tokens"), std::string::npos) << message;
      EXPECT_NE(message.find(" 1000"), std::string::npos) << message;
    };
    expect("/v1/embeddings", {{"input", prompt}});
    expect("/v1/embeddings", {{"input", {"a", prompt}}});
    for (const bool stream : {false, true}) {
      expect("/v1/completions", {{"prompt", prompt}, {"max_tokens", 0}, {"stream", stream}});
      expect("/v1/completions",
             {{"prompt", prompt}, {"max_tokens", 0}, {"echo", true}, {"logprobs", 1}, {"stream", stream}});
    }
  }
  const ReceivedResponse scored =
      rig.ask(post("/v1/completions",
                   json({{"prompt", full}, {"max_tokens", 0}, {"echo", true}, {"logprobs", 1}}).dump()));
  EXPECT_EQ(json::parse(scored.body)["choices"][0]["logprobs"]["token_logprobs"].size(), 1000u);
  // A response needs room for a token.
  const ReceivedResponse refused =
      rig.ask(post("/v1/completions", json({{"prompt", full}, {"max_tokens", 1}}).dump()));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("1000 with the completion"), std::string::npos);
}

TEST(HttpBatches, AnEchoThatIsLongerThanAReaderMayLagIsRead) {
  ServerRig::Options options;
  options.context = 20'000;
  options.num_tokens = 80'000;
  options.server.limits.unread_bytes = 100'000;
  options.server.limits.replay_bytes = 200'000;
  ServerRig rig(std::move(options));
  const json ask = {{"prompt", std::string(15'000, 'a')},
                    {"max_tokens", 3},
                    {"ignore_eos", true},
                    {"echo", true},
                    {"logprobs", 5},
                    {"stream", true}};
  const ReceivedResponse response = rig.ask(post("/v1/completions", ask.dump()));
  EXPECT_TRUE(response.whole);
  EXPECT_GT(response.body.size(), 1'000'000u);
  EXPECT_EQ(response.body.find("stream_lost"), std::string::npos);
  EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n"));
}

TEST(HttpBatches, ARequestThatForbidsEveryTokenIsToldSo) {
  ServerRig rig;
  json all = json::object(), others = json::object(), ids = json::array();
  for (int id = 0; id < ServerRig::kLetters; ++id) {
    all[std::to_string(id)] = false;
    if (id != ServerRig::kLetters - 1) others[std::to_string(id)] = false;
    if (id < ServerRig::kLetters - 1) ids.push_back(id);
  }
  const json chat = {{"messages", {{{"role", "user"}, {"content", "a"}}}}};
  struct Case {
    json members;
    const char* parameter;  ///< null: it is served
  };
  const Case cases[] = {
      {{{"logit_bias", all}}, "logit_bias"},
      {{{"logit_bias", others}}, nullptr},
      {{{"logit_bias", others}, {"min_tokens", 2}, {"max_tokens", 3}}, "min_tokens"},
      {{{"logit_bias", others}, {"min_tokens", 2}, {"max_tokens", 3}, {"ignore_eos", true}}, nullptr},
      {{{"stop_token_ids", ids}, {"min_tokens", 1}, {"max_tokens", 3}}, "min_tokens"},
      {{{"stop_token_ids", ids}}, nullptr},
  };
  for (const Case& one : cases) {
    for (const bool stream : {false, true}) {
      json body = chat;
      body.update(one.members);
      body["stream"] = stream;
      const ReceivedResponse response = rig.ask(post("/v1/chat/completions", body.dump()));
      EXPECT_EQ(response.status, one.parameter != nullptr ? 400 : 200) << one.members << response.body;
      if (one.parameter == nullptr) continue;
      const json error = json::parse(response.body)["error"];
      EXPECT_EQ(error["type"], "invalid_request_error");
      EXPECT_EQ(error["param"], one.parameter);
    }
  }
  // Where nothing is drawn nothing is forbidden.
  json scored = {{"prompt", "a"}, {"max_tokens", 0}, {"logit_bias", all}};
  EXPECT_EQ(rig.ask(post("/v1/completions", scored.dump())).status, 200);
}

}  // namespace
}  // namespace hearth::server
