#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/testing/host_rig.h"

// Models that are loaded on demand, over sockets.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::HostRig;
using testing::ReceivedResponse;
using testing::TestClient;

TEST(HostedModels, AreLoadedWhenTheyAreAskedFor) {
  HostRig rig;
  EXPECT_TRUE(rig.running().empty());
  const ReceivedResponse first = rig.ask(HostRig::completion("llama3", 4));
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json::parse(first.body)["model"], "llama3");
  EXPECT_EQ(rig.running(), std::vector<std::string>{"llama3"});
  const void* loaded = rig.models->pool().loaded()[0].loaded;
  const ReceivedResponse again = rig.ask(HostRig::completion("llama3.gguf", 4));
  EXPECT_EQ(json::parse(again.body)["choices"], json::parse(first.body)["choices"]);
  EXPECT_EQ(json::parse(again.body)["model"], "llama3");
  ASSERT_EQ(rig.ask(HostRig::completion("qwen2", 4)).status, 200);
  EXPECT_EQ(rig.running().size(), 2u);
  EXPECT_EQ(rig.ask(HostRig::completion("llama3", 4)).status, 200);
  for (const ModelPool::Entry& entry : rig.models->pool().loaded()) {
    if (entry.options.path.stem() == "llama3") EXPECT_EQ(entry.loaded, loaded) << "it was loaded once";
  }
}

TEST(HostedModels, AreListedWithoutBeingLoaded) {
  HostRig rig({.aliases = {{.name = "gpt-4o", .target = "qwen2"}}});
  json list = json::parse(rig.ask(get("/v1/models")).body)["data"];
  std::vector<std::string> names;
  for (const json& model : list) names.push_back(model["id"]);
  EXPECT_EQ(names, (std::vector<std::string>{"gpt-4o", "gemma3", "llama3", "qwen2"}));
  EXPECT_FALSE(list[0].contains("context_length"));
  EXPECT_TRUE(rig.running().empty());
  EXPECT_EQ(rig.ask(get("/v1/models/qwen2")).status, 200);
  EXPECT_EQ(rig.ask(get("/openapi.json")).status, 200);
  EXPECT_TRUE(rig.running().empty());

  const json answer = json::parse(rig.ask(HostRig::completion("gpt-4o", 2)).body);
  EXPECT_EQ(answer["model"], "gpt-4o");
  EXPECT_EQ(rig.running(), std::vector<std::string>{"qwen2"});
  EXPECT_EQ(json::parse(rig.ask(get("/v1/models/gpt-4o")).body)["context_length"], 512);
}

TEST(HostedModels, WhatIsNotThereIsSaid) {
  HostRig rig;
  const ReceivedResponse missing = rig.ask(HostRig::completion("gpt-5", 1));
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("there is gemma3, llama3, qwen2"), std::string::npos) << missing.body;
  const ReceivedResponse unnamed = rig.ask(testing::post("/v1/completions", R"({"prompt":"a"})"));
  EXPECT_EQ(unnamed.status, 400) << "there are several";
  EXPECT_EQ(rig.ask(HostRig::completion("../llama3", 1)).status, 404);
  HostRig one({.models = {"llama3"}});
  EXPECT_EQ(one.ask(testing::post("/v1/completions", R"({"prompt":"a"})")).status, 200);
}

TEST(HostedModels, AModelThatDoesNotFitIsRefusedWithNumbers) {
  HostRig rig({.budget = size_t(1) << 16});
  const ReceivedResponse refused = rig.ask(HostRig::completion("llama3", 1));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("MB with a context of 512 tokens"), std::string::npos) << refused.body;
  EXPECT_TRUE(rig.running().empty());
}

TEST(HostedModels, AFileThatIsNoModelIsThatRequestsError) {
  HostRig rig;
  std::filesystem::copy_file(HEARTH_SOURCE_DIR "/README.md", rig.folder.path() / "broken.gguf");
  const ReceivedResponse refused = rig.ask(HostRig::completion("broken", 1));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("broken"), std::string::npos) << refused.body;
  EXPECT_EQ(rig.ask(HostRig::completion("llama3", 1)).status, 200);
}

TEST(HostedModels, GoWhenNobodyHasUsedThemForAWhile) {
  HostRig rig({.pinned = {"gemma3"}, .keep_alive = std::chrono::nanoseconds(0)});
  ASSERT_EQ(rig.ask(HostRig::completion("llama3", 2)).status, 200);
  EXPECT_TRUE(rig.wait_for_running({"gemma3"})) << "what is pinned stays";
}

TEST(HostedModels, AStreamEndsBeforeItsModelGoes) {
  HostRig rig;
  TestClient client = rig.connect();
  client.send(HostRig::completion("llama3", 400, true));
  ASSERT_TRUE(client.wait_for("data: "));
  ASSERT_TRUE(*rig.models->unload("llama3"));
  const ReceivedResponse response = client.read_response();
  EXPECT_TRUE(response.whole);
  EXPECT_NE(response.body.find("[DONE]"), std::string::npos);
  EXPECT_TRUE(rig.wait_for_running({})) << "kept streams do not hold it";
  EXPECT_EQ(rig.ask(HostRig::completion("llama3", 2)).status, 200) << "it is loaded anew";
}

TEST(HostedModels, WaitForRoomAndTakeTurns) {
  HostRig rig({.max_models = 1});
  TestClient first = rig.connect();
  first.send(HostRig::completion("llama3", 400, true));
  ASSERT_TRUE(first.wait_for("data: "));
  EXPECT_EQ(rig.ask(HostRig::completion("qwen2", 2)).status, 200);
  EXPECT_EQ(rig.running(), std::vector<std::string>{"qwen2"});
  EXPECT_TRUE(first.read_response().whole);
}

TEST(HostedModels, AClientThatLeavesWaitsForNoModel) {
  HostRig rig({.max_models = 1});
  const auto held = rig.models->ask("llama3");
  ASSERT_TRUE(HostRig::waited([&] { return held->is_granted(); }));
  {
    TestClient client = rig.connect();
    client.send(HostRig::completion("qwen2", 2));
    ASSERT_TRUE(HostRig::waited([&] { return rig.models->pool().loaded()[0].yielding; }));
  }
  EXPECT_TRUE(HostRig::waited([&] { return !rig.models->pool().loaded()[0].yielding; }));
  EXPECT_TRUE(HostRig::waited([&] { return rig.server->num_connections() == 0; }));
  EXPECT_EQ(rig.running(), std::vector<std::string>{"llama3"});
}

TEST(HostedModels, FiguresAreKeptByModel) {
  HostRig rig({.aliases = {{.name = "gpt-4o", .target = "qwen2"}}});
  ASSERT_EQ(rig.ask(HostRig::completion("llama3", 3)).status, 200);
  ASSERT_EQ(rig.ask(HostRig::completion("gpt-4o", 5)).status, 200);
  const std::string figures = rig.ask(get("/metrics")).body;
  for (const char* line : {"\nhearth_generated_tokens_total{model_name=\"llama3\"} 3\n",
                           "\nhearth_generated_tokens_total{model_name=\"qwen2\"} 5\n",
                           "\nhearth_requests_running{model_name=\"llama3\"} 0\n",
                           "\nhearth_requests_running{model_name=\"qwen2\"} 0\n"}) {
    EXPECT_NE(figures.find(line), std::string::npos) << line;
  }
  for (size_t at = 0, end = 0; at < figures.size(); at = end + 1) {
    end = figures.find('\n', at);
    const std::string line = figures.substr(at, end - at);
    if (line.starts_with("# TYPE ")) EXPECT_EQ(figures.find(line), figures.rfind(line)) << line;
  }
}

/// What clients do to a server, at random: whole answers, streams, leaving early, and unloading meanwhile.
class RandomSchedules {
 public:
  RandomSchedules(HostRig& rig, std::vector<std::string> models, std::vector<std::string> expected)
      : rig_(rig), models_(std::move(models)), expected_(std::move(expected)) {}

  void run(uint32_t seed, int num_schedules) {
    std::mt19937 random(seed);
    const auto draw = [&](size_t below) { return size_t(random() % below); };
    for (int i = 0; i < num_schedules; ++i) {
      const size_t which = draw(models_.size());
      switch (draw(8)) {
        case 0:
          EXPECT_TRUE(rig_.models->unload(models_[which]).has_value());
          break;
        case 1: {
          TestClient client = rig_.connect();
          client.send(HostRig::completion(models_[which], 60, true));
          if (draw(2) == 0) client.wait_for("data: ");
          break;  // it leaves
        }
        case 2:
          (void)rig_.models->ask(models_[which]);
          break;
        case 3: {
          TestClient client = rig_.connect();
          client.send(HostRig::completion(models_[which], 12, true));
          const ReceivedResponse response = client.read_response();
          EXPECT_TRUE(response.whole);
          EXPECT_NE(response.body.find("[DONE]"), std::string::npos) << response.body;
          break;
        }
        default: {
          const ReceivedResponse response = rig_.ask(HostRig::completion(models_[which], 8));
          ASSERT_EQ(response.status, 200) << response.body;
          EXPECT_EQ(json::parse(response.body)["choices"][0]["text"], expected_[which]) << models_[which];
        }
      }
    }
  }

 private:
  HostRig& rig_;
  std::vector<std::string> models_, expected_;
};

TEST(HostedModels, AThousandRandomSchedulesKeepTheBudget) {
  const std::vector<std::string> names = {"llama3", "qwen2", "gemma3", "falcon", "granite"};
  std::vector<std::string> expected;
  size_t largest = 0, budget = 0;
  {
    HostRig rig({.models = names});
    for (const std::string& name : names) {
      const ReceivedResponse response = rig.ask(HostRig::completion(name, 8));
      ASSERT_EQ(response.status, 200) << response.body;
      expected.push_back(json::parse(response.body)["choices"][0]["text"]);
    }
    for (const ModelPool::Entry& entry : rig.models->pool().loaded())
      largest = std::max(largest, entry.num_bytes);
  }
  budget = 2 * largest;
  HostRig rig({.models = names, .budget = budget});
  std::atomic<bool> done = false;
  size_t most = 0;
  std::thread watch([&] {
    while (!done) {
      size_t sum = 0;
      for (const ModelPool::Entry& entry : rig.models->pool().loaded()) sum += entry.num_bytes;
      most = std::max(most, sum);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  std::vector<std::thread> clients;
  for (uint32_t i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] { RandomSchedules(rig, names, expected).run(i, 250); });
  }
  for (std::thread& client : clients) client.join();
  done = true;
  watch.join();
  EXPECT_LE(most, budget);
  EXPECT_GT(most, largest) << "two were loaded at once";
  EXPECT_TRUE(
      HostRig::waited([&] { return rig.server->num_connections() == 0 && rig.server->num_running() == 0; }));
  EXPECT_TRUE(HostRig::waited([&] {
    for (const ModelPool::Entry& entry : rig.models->pool().loaded()) {
      if (entry.num_leases > 0) return false;
    }
    return true;
  })) << "no lease is left";
  for (const std::string& name : names) EXPECT_TRUE(rig.models->unload(name).has_value());
  EXPECT_TRUE(rig.wait_for_running({}));
}

TEST(HostedModels, ALoadThatIsUnderWayAtTheEndHoldsNothingUp) {
  for (int i = 0; i < 10; ++i) {
    HostRig rig;
    TestClient client = rig.connect();
    client.send(HostRig::completion("llama3", 200, true));
    if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(i));
  }
}

}  // namespace
}  // namespace hearth::server
