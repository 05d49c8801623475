#include <atomic>
#include <mutex>

#include <nlohmann/json.hpp>

#include "api/dialects/ollama.h"
#include "server/jobs/job_registry.h"
#include "server/runs/services.h"
#include "server/testing/server_rig.h"

// Work that tells how far it is, over a socket: streamed and whole, given up and failed.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

std::atomic<int> num_started = 0, num_stopped = 0;

/// {"lines": 3, "error": "...", "wait": true, "stream": false}: tells so many lines, waits until it is
/// stopped, and fails.
Result<Outcome> work(const HttpRequest& request, const Caller&, Services& services) {
  const json body = json::parse(request.body);
  const JobTask task = [body](Job& job, const std::stop_token& stop) -> Status {
    ++num_started;
    for (int i = 0; i < body.value("lines", 0); ++i) {
      job.tell({{"status", "working"}, {"digest", std::to_string(i)}, {"completed", i}});
    }
    if (body.value("wait", false)) {
      while (!stop.stop_requested()) std::this_thread::yield();
      ++num_stopped;
    }
    if (body.contains("error")) return fail(ErrorCode::kNotFound, "{}", body["error"].get<std::string>());
    job.tell({{"status", "success"}});
    return {};
  };
  return JobStream{TRY(services.jobs().start(body.value("name", "work"), task)), body.value("stream", true)};
}

ServerRig::Options with_work() {
  ServerRig::Options options;
  options.more_routes = {{"POST", "/api/work", Scope::kInference, api::dialect_ollama(), work}};
  return options;
}

TEST(HttpJobs, AreStreamedAsLines) {
  ServerRig rig(with_work());
  const ReceivedResponse response = rig.ask(post("/api/work", R"({"lines": 2})"));
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.head.find("Content-Type: application/x-ndjson"), std::string::npos);
  EXPECT_EQ(response.body,
            "{\"status\":\"working\",\"digest\":\"0\",\"completed\":0}\n"
            "{\"status\":\"working\",\"digest\":\"1\",\"completed\":1}\n{\"status\":\"success\"}\n");
}

TEST(HttpJobs, WithoutAStreamTheLastLineIsTheResponse) {
  ServerRig rig(with_work());
  const ReceivedResponse response = rig.ask(post("/api/work", R"({"lines": 2, "stream": false})"));
  EXPECT_NE(response.head.find("Content-Type: application/json"), std::string::npos);
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"status": "success"})"));
}

TEST(HttpJobs, AnErrorHasAStatusUntilSomethingWasSaid) {
  ServerRig rig(with_work());
  for (const char* stream : {"true", "false"}) {
    const ReceivedResponse response =
        rig.ask(post("/api/work", std::string(R"({"error": "no such thing", "stream": )") + stream + "}"));
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(json::parse(response.body)["error"], "no such thing");
  }
  const ReceivedResponse later = rig.ask(post("/api/work", R"({"lines": 1, "error": "no such thing"})"));
  EXPECT_EQ(later.status, 200);
  EXPECT_TRUE(later.body.ends_with("\n{\"error\":\"no such thing\"}\n")) << later.body;
  EXPECT_EQ(rig.ask(post("/api/work", R"({"lines": 1, "error": "no such thing", "stream": false})")).status,
            404);
}

TEST(HttpJobs, StopWhenTheLastClientHasGone) {
  ServerRig rig(with_work());
  const int started = num_started, stopped = num_stopped;
  const std::string request = post("/api/work", R"({"lines": 1, "wait": true, "name": "one"})");
  auto first = std::make_unique<TestClient>(rig.connect());
  auto second = std::make_unique<TestClient>(rig.connect());
  first->send(request);
  EXPECT_TRUE(first->wait_for("\"completed\":0}"));
  second->send(request);
  EXPECT_TRUE(second->wait_for("\"completed\":0}"));
  EXPECT_EQ(num_started, started + 1);
  first.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(num_stopped, stopped);
  second.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (num_stopped == stopped && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(num_stopped, stopped + 1);
}

TEST(HttpJobs, EndWithTheServer) {
  const int stopped = num_stopped;
  {
    ServerRig rig(with_work());
    TestClient client = rig.connect();
    client.send(post("/api/work", R"({"lines": 1, "wait": true})"));
    EXPECT_TRUE(client.wait_for("\"completed\":0}"));
  }
  EXPECT_EQ(num_stopped, stopped + 1);
}

}  // namespace
}  // namespace hearth::server
