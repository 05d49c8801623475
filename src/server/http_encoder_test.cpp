#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// An encoder is served like any other model: the same routes, limits, figures and end.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using ::testing::HasSubstr;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;

json answer(ServerRig& rig, const std::string& path, const json& body) {
  const ReceivedResponse response = rig.ask(post(path, body.dump()));
  EXPECT_EQ(response.status, 200) << response.body;
  return json::parse(response.body);
}

json error_of(ServerRig& rig, const std::string& path, const json& body) {
  const ReceivedResponse response = rig.ask(post(path, body.dump()));
  EXPECT_EQ(response.status, 400) << path << ": " << response.body;
  return json::parse(response.body)["error"];
}

TEST(HttpEncoder, GivesVectorsAndSaysWhatItIs) {
  ServerRig rig({.context = 40, .encoder_labels = 0});
  const json together = answer(rig, "/v1/embeddings", {{"input", {"abc", "de", {1, 2, 3}}}});
  ASSERT_EQ(together["data"].size(), 3u);
  const json alone = answer(rig, "/v1/embeddings", {{"input", "de"}});
  EXPECT_EQ(alone["data"][0]["embedding"], together["data"][1]["embedding"]);
  double squares = 0.0;
  for (const double value : alone["data"][0]["embedding"]) squares += value * value;
  EXPECT_NEAR(squares, 1.0, 1e-5);
  EXPECT_EQ(together["usage"]["prompt_tokens"], 4 + 3 + 3)
      << "each text has one token behind it, ids have none";
  const json model = json::parse(rig.ask(get("/v1/models")).body)["data"][0];
  EXPECT_EQ(model["capabilities"], json::array({"embedding"}));
  EXPECT_EQ(rig.ask(get("/health")).status, 200);
  EXPECT_EQ(rig.metric("hearth_computed_tokens_total"), 13.0);
  EXPECT_EQ(rig.metric("hearth_kv_blocks"), 0.0);
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(20)));
}

TEST(HttpEncoder, ManyTextsOfOneRequestComeInOrder) {
  ServerRig rig({.context = 40, .max_running = 4, .encoder_labels = 0});
  json texts = json::array();
  for (int i = 0; i < 300; ++i) texts.push_back(std::string(size_t(1 + i % 30), char('a' + i % 25)));
  const json answered = answer(rig, "/v1/embeddings", {{"input", texts}});
  ASSERT_EQ(answered["data"].size(), 300u);
  for (const size_t index : {0, 1, 150, 299}) {
    EXPECT_EQ(answered["data"][index]["index"], index);
    EXPECT_EQ(answered["data"][index]["embedding"],
              answer(rig, "/v1/embeddings", {{"input", texts[index]}})["data"][0]["embedding"]);
  }
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(20)));
}

TEST(HttpEncoder, WhatItDoesNotDoIsToldWithTheRemedy) {
  ServerRig rig({.context = 40, .encoder_labels = 0});
  const json chat = {{"messages", json::array({{{"role", "user"}, {"content", "abc"}}})}, {"max_tokens", 5}};
  for (const auto& [path, body] :
       std::initializer_list<std::pair<std::string, json>>{{"/v1/chat/completions", chat},
                                                           {"/v1/completions", {{"prompt", "abc"}}},
                                                           {"/v1/responses", {{"input", "abc"}}},
                                                           {"/v1/messages", chat}}) {
    const json error = error_of(rig, path, body);
    EXPECT_THAT(error["message"].get<std::string>(),
                HasSubstr("is an encoder, which gives vectors of texts, and writes no text"));
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("POST /v1/embeddings"));
  }
  for (const char* path : {"/v1/rerank", "/rerank"}) {
    EXPECT_THAT(error_of(rig, path, {{"query", "a"}, {"documents", {"b"}}})["message"].get<std::string>(),
                HasSubstr("ranks nothing"));
  }
  EXPECT_EQ(error_of(rig, "/v1/score", {{"text_1", "a"}, {"text_2", "b"}})["param"], "model");
  const json too_long = error_of(rig, "/v1/embeddings", {{"input", {"a", std::string(40, 'a')}}});
  EXPECT_EQ(too_long["code"], "context_length_exceeded");
  EXPECT_EQ(too_long["param"], "input[1]");
  EXPECT_THAT(too_long["message"].get<std::string>(),
              HasSubstr("has 41 tokens, but the model reads 40 at most"));
  const ReceivedResponse cut = rig.ask(
      post("/v1/embeddings", json{{"input", {"a", std::string(99, 'a')}}, {"truncate", true}}.dump()));
  EXPECT_EQ(cut.status, 200);
  EXPECT_THAT(cut.head, HasSubstr("Hearth-Note: truncated 1 of 2 texts"));
  EXPECT_EQ(json::parse(cut.body)["data"][1]["truncated"], true);
}

TEST(HttpEncoder, ARerankerScoresPairsInSegments) {
  ServerRig rig({.context = 40, .encoder_labels = 1});
  const json ranking =
      answer(rig, "/v1/rerank", {{"query", "ab"}, {"documents", {"c", "de", "fgh"}}, {"top_n", 2}});
  ASSERT_EQ(ranking["results"].size(), 2u);
  EXPECT_GE(ranking["results"][0]["relevance_score"], ranking["results"][1]["relevance_score"]);
  const json scores =
      answer(rig, "/score", {{"text_1", "ab"}, {"text_2", {"c", "de", "fgh"}}, {"raw_scores", true}});
  for (const json& result : ranking["results"]) {
    const double raw = scores["data"][result["index"].get<size_t>()]["score"];
    EXPECT_NEAR(result["relevance_score"].get<double>(), 1.0 / (1.0 + std::exp(-raw)), 1e-12);
  }
  // [a b end end c end] of the first.
  EXPECT_EQ(answer(rig, "/v1/score", {{"text_1", "ab"}, {"text_2", "c"}})["usage"]["prompt_tokens"], 6);
  EXPECT_THAT(error_of(rig, "/v1/embeddings", {{"input", "a"}})["message"].get<std::string>(),
              HasSubstr("is a reranker, which gives scores of texts, and makes no vectors"));
  EXPECT_EQ(json::parse(rig.ask(get("/v1/models")).body)["data"][0]["capabilities"], json::array({"rerank"}));
}

TEST(HttpEncoder, AClientThatLeavesFreesItsPlaces) {
  ServerRig rig(
      {.step_time = std::chrono::milliseconds(20), .context = 40, .max_running = 1, .encoder_labels = 0});
  {
    auto client = rig.connect();
    json texts = json::array();
    for (int i = 0; i < 200; ++i) texts.push_back(std::string(30, 'a'));
    client.send(post("/v1/embeddings", json{{"input", texts}}.dump()));
    ASSERT_TRUE(rig.wait_for_metric("hearth_steps_total", 1));
  }
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(20)));
  EXPECT_LT(rig.engine->stats().num_steps, 200u);
}

}  // namespace
}  // namespace hearth::server
