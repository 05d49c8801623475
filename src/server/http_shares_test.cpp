#include <chrono>
#include <mutex>

#include <nlohmann/json.hpp>

#include "server/access/key_store.h"
#include "server/testing/server_rig.h"

// Clients who take much, beside others who must not notice.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;
using testing::TestFolder;

std::string head_of_post(size_t size, const std::string& headers = "") {
  return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) +
         "\r\n" + headers + "\r\n";
}

int retry_after(const ReceivedResponse& response) {
  const size_t at = response.head.find("Retry-After: ");
  return at == std::string::npos ? 0 : std::atoi(response.head.c_str() + at + 13);
}

TEST(Shares, RequestsThatHaveNotComeWholeHoldNoPlace) {
  ServerRig::Options options;
  options.server.capacity = 4;
  options.server.reserved_places = 0;
  ServerRig rig(std::move(options));
  std::vector<TestClient> hoarders;
  for (int i = 0; i < 40; ++i) {
    hoarders.push_back(rig.connect());
    hoarders.back().send(head_of_post(1'000'000) + std::string(100'000, ' '));
  }
  ASSERT_TRUE(rig.wait_for_metric("hearth_body_bytes", 40 * 100'000));
  EXPECT_EQ(rig.metric("hearth_places_used"), 0);
  EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(3, false))).status, 200);
  hoarders.clear();
  while (rig.metric("hearth_body_bytes") > 0) std::this_thread::sleep_for(2ms);
}

TEST(Shares, SendingFastAtFirstDoesNotAllowATrickle) {
  ServerRig::Options options;
  options.server.limits.body_time = 300ms;
  ServerRig rig(std::move(options));
  TestClient client = rig.connect();
  const auto begin = std::chrono::steady_clock::now();
  client.send(head_of_post(10'000'000) + std::string(500'000, ' '));
  while (client.send(" ") && !client.is_closed_within(50ms)) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, 20s);
  }
}

/// A route whose handlers wait until the test lets them go.
std::mutex gate;
Result<Outcome> wait_at_gate(const HttpRequest&, const Caller&, Services&) {
  const std::scoped_lock lock(gate);
  return HttpResponse{.body = "{}"};
}
/// One whose handler works until nobody wants its response.
Result<Outcome> work_until_gone(const HttpRequest& request, const Caller&, Services&) {
  while (!request.gone.stop_requested()) std::this_thread::sleep_for(1ms);
  return fail(ErrorCode::kCancelled, "stopped");
}
ServerRig::Options with_gate() {
  ServerRig::Options options;
  options.more_routes = {
      Route("POST", "/wait", Scope::kInference, wait_at_gate),
      Route("POST", "/work", Scope::kInference, work_until_gone),
  };
  return options;
}

TEST(Shares, ABodyCountsUntilItsHandlerIsDone) {
  ServerRig::Options options = with_gate();
  options.server.limits.buffered_body_bytes = 1'000'000;
  ServerRig rig(std::move(options));
  TestClient large = rig.connect(), another = rig.connect();
  {
    const std::scoped_lock closed(gate);
    large.send(post("/wait", std::string(900'000, ' ')));
    ASSERT_TRUE(rig.wait_for_metric("hearth_places_used", 1));
    EXPECT_GE(rig.metric("hearth_body_bytes"), 900'000);
    another.send(post("/wait", std::string(900'000, ' ')));
    const ReceivedResponse refused = another.read_response();
    EXPECT_EQ(refused.status, 503);
    EXPECT_GE(retry_after(refused), 1);
    // Small ones of others have room.
    EXPECT_EQ(rig.connect("127.0.0.2").send(post("/v1/completions", ServerRig::completion(3, false))), true);
  }
  EXPECT_EQ(large.read_response().status, 200);
  while (rig.metric("hearth_body_bytes") > 0) std::this_thread::sleep_for(2ms);
}

TEST(Shares, LargeResponsesCountAsWell) {
  ServerRig::Options options;
  options.server.limits.buffered_body_bytes = 100'000;
  ServerRig rig(std::move(options));
  const auto ask = [&](size_t size) {
    return rig.ask(post("/tokenize", R"({"content":")" + std::string(size, 'a') + "\"}"));
  };
  EXPECT_EQ(ask(40'000).status, 200);
  EXPECT_EQ(ask(80'000).status, 503) << "two bytes of response for each of the question";
  EXPECT_EQ(rig.metric("hearth_body_bytes"), 0);
}

TEST(Shares, OneKeyWithAllPlacesDoesNotShutOthersOut) {
  TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  const auto key = [&] {
    return "Authorization: Bearer " +
           *keys->create("", {Scope::kInference}, std::nullopt, std::time(nullptr)) + "\r\n";
  };
  const std::string greedy = key(), modest = key();
  ServerRig::Options options;
  options.step_time = 2ms;
  options.keys = keys.get();
  options.server.require_key = true;
  options.server.capacity = 20;
  options.server.reserved_places = 8;
  ServerRig rig(std::move(options));
  std::vector<TestClient> streams;
  for (int i = 0; i < 30; ++i) {
    streams.push_back(rig.connect());
    streams.back().send(post("/v1/completions", ServerRig::completion(900, true), greedy));
    streams.back().wait_for("\r\n\r\n");
  }
  const auto num_refused = std::ranges::count_if(
      streams, [](const TestClient& client) { return client.received().starts_with("HTTP/1.1 503"); });
  EXPECT_EQ(num_refused, 10) << "one alone may have all places";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(3, false), modest)).status, 200) << i;
  }
  const ReceivedResponse refused = rig.ask(post("/v1/completions", ServerRig::completion(3, false), greedy));
  EXPECT_EQ(refused.status, 503);
  EXPECT_GE(retry_after(refused), 1);
}

TEST(Shares, WithoutKeysTheAddressCounts) {
  ServerRig::Options options;
  options.step_time = 2ms;
  options.server.capacity = 4;
  options.server.reserved_places = 4;
  ServerRig rig(std::move(options));
  std::vector<TestClient> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(rig.connect());
    streams.back().send(post("/v1/completions", ServerRig::completion(900, true)));
    ASSERT_TRUE(streams.back().wait_for("data: "));
  }
  EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(1, false))).status, 503);
  TestClient other = rig.connect("127.0.0.9");
  other.send(post("/v1/completions", ServerRig::completion(1, false)));
  EXPECT_EQ(other.read_response().status, 200);
}

TEST(Shares, LargeBodiesDoNotHoldUpSmallOnes) {
  ServerRig rig(with_gate());
  std::vector<TestClient> clients;
  {
    const std::scoped_lock closed(gate);
    for (int i = 0; i < 16; ++i) {
      clients.push_back(rig.connect());
      clients.back().send(post("/wait", std::string(100'000, ' ')));
    }
    ASSERT_TRUE(rig.wait_for_metric("hearth_places_used", 16));
    // None of these could be served behind one of those.
    EXPECT_EQ(rig.ask(post("/tokenize", R"({"content":"abc"})")).status, 200);
    EXPECT_EQ(rig.ask(get("/v1/models")).status, 200);
  }
  for (TestClient& client : clients) EXPECT_EQ(client.read_response().status, 200);
}

TEST(Shares, HealthAndFiguresNeedNoWorker) {
  ServerRig rig(with_gate());
  std::vector<TestClient> clients;
  {
    const std::scoped_lock closed(gate);
    for (int i = 0; i < 8; ++i) {
      clients.push_back(rig.connect());
      clients.back().send(post("/wait", i % 2 == 0 ? "" : std::string(100'000, ' ')));
    }
    ASSERT_TRUE(rig.wait_for_metric("hearth_places_used", 8));
    TestClient waiting = rig.connect();
    waiting.send(get("/v1/models"));
    EXPECT_EQ(rig.ask(get("/health")).status, 200);
    EXPECT_EQ(rig.ask(get("/metrics")).status, 200);
    EXPECT_TRUE(waiting.received().empty());
  }
  for (TestClient& client : clients) EXPECT_EQ(client.read_response().status, 200);
}

TEST(Shares, WhoLeavesTheQueueIsNotWorkedFor) {
  auto rig = std::make_unique<ServerRig>(with_gate());
  std::vector<TestClient> clients;
  {
    const std::scoped_lock closed(gate);
    for (int i = 0; i < 2; ++i) {
      clients.push_back(rig->connect());
      clients.back().send(post("/wait", i == 0 ? "" : std::string(100'000, ' ')));
    }
    ASSERT_TRUE(rig->wait_for_metric("hearth_places_used", 2));
    for (int i = 0; i < 5; ++i) {
      TestClient client = rig->connect();
      client.send(post("/wait", "left"));
      ASSERT_TRUE(rig->wait_for_metric("hearth_places_used", 3));
      client.close();
      while (rig->metric("hearth_places_used") > 2) std::this_thread::sleep_for(2ms);
    }
  }
  for (TestClient& client : clients) EXPECT_EQ(client.read_response().status, 200);
  rig->server.reset();
  const auto num_left = std::ranges::count_if(
      rig->log, [](const std::string& line) { return nlohmann::json::parse(line)["status"] == 499; });
  EXPECT_EQ(num_left, 5);
}

TEST(Shares, WorkEndsWhenItsClientGoes) {
  ServerRig rig(with_gate());
  TestClient client = rig.connect();
  client.send(post("/work", std::string(100'000, ' ')));
  ASSERT_TRUE(rig.wait_for_metric("hearth_places_used", 1));
  client.close();
  while (rig.metric("hearth_places_used") > 0) std::this_thread::sleep_for(2ms);
  EXPECT_EQ(rig.metric("hearth_body_bytes"), 0);
}

ServerRig::Options with_seats(size_t num_seats) {
  ServerRig::Options options;
  options.step_time = 2ms;
  options.server.limits.num_connections = num_seats;
  return options;
}

TEST(Shares, HealthIsToldWhenAllConnectionsAreInUse) {
  ServerRig rig(with_seats(16));
  std::vector<TestClient> clients;
  for (int i = 0; i < 14; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(post("/v1/completions", ServerRig::completion(900, true)));
    ASSERT_TRUE(clients.back().wait_for("data: "));
  }
  // Who sits on the seats that are kept back, and says nothing, leaves when the next comes.
  std::vector<TestClient> silent;
  for (int i = 0; i < 10; ++i) {
    silent.push_back(rig.connect());
    EXPECT_EQ(rig.ask(get("/health")).status, 200) << i;
  }
  EXPECT_EQ(rig.ask(get("/metrics")).status, 200);
  const ReceivedResponse refused = rig.ask(get("/v1/models"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "too_many_connections");
  for (TestClient& client : clients) EXPECT_TRUE(client.wait_for("[DONE]", 60s));
}

TEST(Shares, IdleConnectionsMakeRoomForOthers) {
  ServerRig rig(with_seats(16));
  std::vector<TestClient> idle;
  for (int i = 0; i < 14; ++i) {
    idle.push_back(rig.connect());
    idle.back().send(get("/health"));
    EXPECT_EQ(idle.back().read_response().status, 200);
  }
  // Until they have been idle for a moment, the newcomer is turned away.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  int status = 0;
  while (status != 200 && std::chrono::steady_clock::now() < deadline) {
    TestClient other = rig.connect("127.0.0.7");
    other.send(get("/v1/models"));
    status = other.read_response().status;
    EXPECT_TRUE(status == 200 || status == 503) << status;
  }
  EXPECT_EQ(status, 200);
  EXPECT_TRUE(idle.front().is_closed_within(5s)) << "the longest idle";
}

TEST(Shares, AServerOfFewConnectionsSaysThatTheyAreUsed) {
  for (const size_t num_connections : {1, 2, 5, 9}) {
    ServerRig::Options options;
    options.step_time = 2ms;
    options.server.limits.num_connections = num_connections;
    ServerRig rig(std::move(options));
    std::vector<TestClient> busy;
    while (busy.size() < num_connections - num_connections / 8) {
      busy.push_back(rig.connect());
      busy.back().send(post("/v1/completions", ServerRig::completion(900, true)));
      ASSERT_TRUE(busy.back().wait_for("data: ")) << num_connections;
    }
    for (int i = 0; i < 3; ++i) {
      const ReceivedResponse refused = rig.ask(post("/v1/completions", ServerRig::completion(1, false)));
      EXPECT_EQ(refused.status, 503) << num_connections;
      EXPECT_NE(refused.body.find("too_many_connections"), std::string::npos) << refused.body;
      EXPECT_EQ(rig.ask(get("/health")).status, 200) << num_connections;
    }
  }
}

TEST(Shares, WrongKeysAreSlowedAndRightOnesAreNot) {
  TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  const std::string right = *keys->create("", {Scope::kInference}, std::nullopt, std::time(nullptr));
  ServerRig::Options options;
  options.keys = keys.get();
  options.server.require_key = true;
  ServerRig rig(std::move(options));
  const std::string wrong = "hearth_0123456789ab_" + std::string(64, '0');
  std::vector<TestClient> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(get("/v1/models", "x-api-key: " + wrong + "\r\n"));
  }
  int num_refused = 0, num_served = 0;
  for (size_t i = clients.size(); i-- > 30;) {
    const ReceivedResponse response = clients[i].read_response();
    num_refused += response.status == 429 && retry_after(response) > 0;
    num_served += response.status == 401;
  }
  EXPECT_EQ(num_refused + num_served, 30);
  EXPECT_GE(num_refused, 10) << "so many responses at a time are held back";
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(rig.ask(get("/v1/models", "x-api-key: " + right + "\r\n")).status, 200);
  }
  TestClient other = rig.connect("127.0.0.5");
  other.send(get("/v1/models", "x-api-key: " + wrong + "\r\n"));
  EXPECT_EQ(other.read_response().status, 401);
}

}  // namespace
}  // namespace hearth::server
