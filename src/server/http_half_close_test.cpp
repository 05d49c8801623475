#include <chrono>

#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// Clients that have sent all they have to say, and close that side of the connection alone.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

ServerRig::Options slow(std::chrono::microseconds step_time = 2ms) {
  ServerRig::Options options;
  options.step_time = step_time;
  return options;
}

void wait_until_running(ServerRig& rig) {
  while (rig.engine->stats().num_kv_blocks_used == 0) std::this_thread::sleep_for(1ms);
}

std::string old_post(const std::string& body) {
  return "POST /v1/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

void expect_whole(TestClient& client, bool stream) {
  const ReceivedResponse response = client.read_response();
  EXPECT_EQ(response.status, 200) << response.head;
  EXPECT_TRUE(response.whole);
  if (stream) {
    EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n")) << response.body;
  } else {
    EXPECT_EQ(nlohmann::json::parse(response.body)["usage"]["completion_tokens"], 30);
  }
  EXPECT_TRUE(client.is_closed_within(5s));
}

TEST(HalfClose, TheResponseComes) {
  ServerRig rig(slow());
  for (const bool stream : {true, false}) {
    const std::string body = ServerRig::completion(30, stream);
    for (const std::string& request : {post("/v1/completions", body), old_post(body)}) {
      for (const bool at_once : {true, false}) {
        SCOPED_TRACE(request.substr(0, 40) + (at_once ? " at once" : " while it is made"));
        TestClient client = rig.connect();
        client.send(request);
        if (!at_once) wait_until_running(rig);
        client.half_close();
        expect_whole(client, stream);
        EXPECT_TRUE(rig.is_quiet_within(5s));
      }
    }
  }
}

TEST(HalfClose, AllPipelinedRequestsAreServed) {
  ServerRig rig(slow());
  TestClient client = rig.connect();
  client.send(post("/v1/completions", ServerRig::completion(30, false)) + get("/health") +
              post("/v1/completions", ServerRig::completion(30, true)) + get("/nowhere"));
  client.half_close();
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().body, R"({"status":"ok"})");
  EXPECT_TRUE(client.read_response().body.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(client.read_response().status, 404);
  EXPECT_TRUE(client.is_closed_within(5s));
}

TEST(HalfClose, AnUnfinishedRequestGetsNothing) {
  ServerRig rig;
  for (const std::string& bytes :
       {std::string("POST /v1/completions HTTP/1.1\r\nHost: loc"),
        std::string("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")}) {
    TestClient client = rig.connect();
    client.send(bytes);
    client.half_close();
    EXPECT_EQ(client.read_response().status, 0);
    EXPECT_TRUE(client.is_closed_within(5s));
  }
}

TEST(HalfClose, WhoThenGoesIsNoticed) {
  // So few tokens a second that nothing but the probes can tell.
  ServerRig rig(slow(150ms));
  for (const bool stream : {true, false}) {
    TestClient client = rig.connect();
    client.send(post("/v1/completions", ServerRig::completion(900, stream)));
    wait_until_running(rig);
    client.half_close();
    // The first probe of a whole response finds that the client is there.
    if (!stream) EXPECT_TRUE(client.wait_for("H"));
    client.close();
    EXPECT_TRUE(rig.is_quiet_within(20s)) << stream;
    EXPECT_LT(rig.engine->stats().num_generated_tokens, 500u);
  }
}

TEST(HalfClose, AThousandAtOnceGetTheirResponses) {
  ServerRig::Options options = slow(1ms);
  options.server.capacity = 2000;
  ServerRig rig(std::move(options));
  std::vector<TestClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(rig.connect());
    ASSERT_TRUE(clients.back().connected());
    clients.back().send(
        post("/v1/completions", ServerRig::completion(10, i % 2 == 0, std::string(size_t(1 + i % 40), 'a'))));
    clients.back().half_close();
  }
  // A tenth of them is gone, in truth.
  for (size_t i = 0; i < clients.size(); i += 10) clients[i].close();
  for (size_t i = 0; i < clients.size(); ++i) {
    if (i % 10 == 0) continue;
    const ReceivedResponse response = clients[i].read_response(false, 60s);
    ASSERT_EQ(response.status, 200) << i;
    ASSERT_TRUE(response.whole) << i;
  }
  EXPECT_TRUE(rig.is_quiet_within(10s));
}

}  // namespace
}  // namespace hearth::server
