#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/http_server.h"
#include "server/models/loose_models.h"
#include "server/models/pool_host.h"
#include "server/records/response_store.h"
#include "server/testing/server_rig.h"
#include "server/testing/test_client.h"

// A server of small random models that are loaded on demand, for tests.

namespace hearth::testing {

inline std::filesystem::path tiny_model(const std::string& name) {
  return std::filesystem::path(HEARTH_SOURCE_DIR "/tests/fixtures/models") / (name + ".gguf");
}

struct HostRig {
  struct Options {
    std::vector<std::string> models = {"llama3", "qwen2", "gemma3"};
    std::vector<std::string> pinned = {};
    std::vector<server::PoolHost::Alias> aliases = {};
    std::optional<size_t> budget = {};
    size_t max_models = 0;
    std::chrono::nanoseconds keep_alive = ModelTerms::kForever;
    size_t context = 512;
    server::ServerOptions server = {};
  };

  HostRig() : HostRig(Options{}) {}
  explicit HostRig(Options options) : responses(*server::ResponseStore::open({})) {
    for (const std::string& name : options.models) {
      std::filesystem::create_symlink(tiny_model(name), folder.path() / (name + ".gguf"));
    }
    const Environment environment = [this](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "HEARTH_MODELS") return folder.path().string();
      return std::nullopt;
    };
    server::PoolHost::Options host{
        .pool = {.compute = {.threads = 1}, .budget = options.budget, .max_models = options.max_models},
        .load = {.context = options.context, .num_sequences = 4, .draft_path = {}},
        .keep_alive = options.keep_alive,
        .sources = {std::make_shared<server::LooseModels>(environment)},
        .aliases = options.aliases,
        .program_version = "1"};
    for (const std::string& name : options.pinned) host.pinned.push_back(server::found_at(tiny_model(name)));
    auto started = server::PoolHost::start(std::move(host));
    EXPECT_TRUE(started) << started.error().message;
    models = std::move(*started);
    options.server.port = 0;
    auto served = server::HttpServer::start(
        options.server,
        {.routes = server::all_routes(), .models = models.get(), .responses = responses.get()});
    EXPECT_TRUE(served) << served.error().message;
    server = std::move(*served);
  }

  TestClient connect() const { return TestClient(server->port()); }
  ReceivedResponse ask(const std::string& request) const {
    TestClient client = connect();
    client.send(request);
    return client.read_response();
  }
  /// A completion that writes exactly `num_tokens` tokens, always the same ones.
  static std::string completion(const std::string& model, size_t num_tokens, bool stream = false) {
    return post("/v1/completions",
                R"({"model":")" + model + R"(","prompt":"ab","max_tokens":)" + std::to_string(num_tokens) +
                    R"(,"ignore_eos":true,"temperature":0,"stream":)" + (stream ? "true" : "false") + "}");
  }

  std::vector<std::string> running() const {
    std::vector<std::string> names;
    for (const server::RunningModel& model : models->running()) names.push_back(model.name);
    return names;
  }
  bool wait_for_running(const std::vector<std::string>& names) const {
    return waited([&] { return running() == names; });
  }
  static bool waited(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  TestFolder folder;
  std::unique_ptr<server::ResponseStore> responses;
  std::unique_ptr<server::PoolHost> models;
  std::unique_ptr<server::HttpServer> server;
};

}  // namespace hearth::testing
