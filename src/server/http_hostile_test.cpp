#include <chrono>

#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// Clients that break HTTP, or the server's patience.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

ServerRig::Options impatient() {
  ServerRig::Options options;
  options.server.limits.header_time = 300ms;
  options.server.limits.body_time = 300ms;
  options.server.limits.idle_time = 300ms;
  options.server.limits.write_time = 300ms;
  options.server.limits.body_bytes_per_second = 1 << 20;
  return options;
}

/// What the server says to bytes that are no decent request; whether it then closes.
void expect_refusal(ServerRig& rig, const std::string& bytes, int status) {
  SCOPED_TRACE(bytes.substr(0, 200));
  TestClient client = rig.connect();
  client.send(bytes);
  EXPECT_EQ(client.read_response().status, status);
  EXPECT_TRUE(client.is_closed_within(5s));
}

TEST(HostileClient, SlowHeadersAreCutOff) {
  ServerRig rig(impatient());
  TestClient client = rig.connect();
  const auto begin = std::chrono::steady_clock::now();
  client.send("GET /health HTTP/1.1\r\n");
  while (client.send("X: y\r\n") && !client.is_closed_within(50ms)) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, 5s);
  }
}

TEST(HostileClient, SlowBodiesAreCutOff) {
  ServerRig rig(impatient());
  TestClient client = rig.connect();
  const auto begin = std::chrono::steady_clock::now();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{");
  while (client.send(" ") && !client.is_closed_within(50ms)) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, 5s);
  }
  EXPECT_EQ(rig.server->num_running(), 0u);
}

TEST(HostileClient, IdleConnectionsAreClosed) {
  ServerRig rig(impatient());
  TestClient fresh = rig.connect(), used = rig.connect();
  used.send(get("/health"));
  EXPECT_EQ(used.read_response().status, 200);
  EXPECT_TRUE(fresh.is_closed_within(5s));
  EXPECT_TRUE(used.is_closed_within(5s));
}

TEST(HostileClient, LargeHeadsAreRefused) {
  ServerRig rig;
  expect_refusal(
      rig, "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", 431);
  expect_refusal(rig, "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414);
  expect_refusal(rig, std::string(40'000, 'G'), 431);
  std::string many = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 120; ++i) many += "X: y\r\n";
  expect_refusal(rig, many + "\r\n", 431);
}

TEST(HostileClient, LargeBodiesAreRefusedUnread) {
  ServerRig::Options options;
  options.server.limits.body_bytes = 1000;
  ServerRig rig(std::move(options));
  expect_refusal(rig, "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n",
                 413);
  expect_refusal(
      rig,
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
          std::string(1001, ' '),
      413);
  expect_refusal(
      rig,
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      400);
}

TEST(HostileClient, RequestsWithTwoMeaningsAreRefused) {
  ServerRig rig;
  const std::string line = "POST /v1/completions HTTP/1.1\r\n";
  const std::string host = "Host: localhost\r\n";
  const std::string smuggled = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const std::string& headers : {host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                     host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                     host + "Content-Length: 5\r\nContent-Length: 6\r\n",
                                     host + "Content-Length: 5\r\nContent-Length: 5\r\n",
                                     host + "Content-Length: 5, 6\r\n",
                                     host + "Content-Length: +5\r\n",
                                     host + "Content-Length: 0x5\r\n",
                                     host + "Content-Length: -1\r\n",
                                     host + "Transfer-Encoding: identity\r\n",
                                     host + "Transfer-Encoding: gzip, chunked\r\n",
                                     host + "Transfer-Encoding: xchunked\r\n",
                                     host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                     host + "Transfer-Encoding : chunked\r\n",
                                     host + host,
                                     host + "Host: other\r\n",
                                     std::string("X: y\r\n"),
                                     host + " Content-Length: 5\r\n",
                                     host + "Bad Name: x\r\n",
                                     host + "X: a\nContent-Length: 5\r\n",
                                     host + std::string("X: a\0b\r\n", 8)}) {
    expect_refusal(rig, line + headers + "\r\n0\r\n\r\n" + smuggled, 400);
  }
  expect_refusal(rig, "POST /v1/completions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
  EXPECT_EQ(rig.ask("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 400);
}

TEST(HostileClient, BrokenChunksAreRefused) {
  ServerRig rig;
  const std::string head =
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string chunks :
       {"x\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabcXY0\r\n\r\n"}) {
    expect_refusal(rig, head + chunks, 400);
  }
  expect_refusal(rig, head + "1;" + std::string(200'000, 'x'), 400);
}

TEST(HostileClient, StrangeTargetsAreNotFoundOrRefused) {
  ServerRig rig;
  const auto status = [&](const std::string& target) {
    return rig.ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n").status;
  };
  for (const char* target :
       {"//health", "/health/", "/health;x", "/HEALTH", "/v1//models", "/%2fhealth", "/health%00",
        "/./health", "/../health", "/%2e%2e/health", "/health%", "/health%zz", "health", "*"}) {
    const int response = status(target);
    EXPECT_TRUE(response == 404 || response == 400) << target << " " << response;
  }
  EXPECT_EQ(status("/he%61lth"), 200);
  EXPECT_EQ(status("/health?x=%zz"), 400);
  EXPECT_EQ(status("/health?x=1&y=2"), 200);
  EXPECT_EQ(status("http://localhost/health"), 200);
}

TEST(HostileClient, OtherProtocolsAreRefused) {
  ServerRig rig;
  for (const std::string bytes :
       {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03 TLS\r\n\r\n", "SSH-2.0-x\r\n\r\n",
        "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", "\r\n\r\n\r\n\r\n", "GET /\r\n\r\n"}) {
    TestClient client = rig.connect();
    client.send(bytes);
    const int status = client.read_response(false, 2s).status;
    EXPECT_TRUE(status == 400 || status == 505 || status == 0) << bytes << " " << status;
  }
  expect_refusal(rig, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
}

TEST(HostileClient, ErrorsTellNothingOfTheMachine) {
  ServerRig rig;
  for (const std::string& request :
       {post("/v1/completions", "{\"prompt\": 1e999}"), post("/v1/completions", std::string(300, '[')),
        post("/v1/completions", "{\"model\":\"../../etc/passwd\",\"prompt\":\"a\"}"),
        get("/v1/models/%2e%2e%2fetc"), get("/v1/streams/x"), post("/tokenize", "\xff\xfe")}) {
    const ReceivedResponse response = rig.ask(request);
    EXPECT_GE(response.status, 400);
    EXPECT_LT(response.status, 500) << request;
    for (const char* secret : {"0x", "/tmp/", "/usr/", "std::", "basic_string"}) {
      EXPECT_EQ(response.body.find(secret), std::string::npos) << response.body;
    }
  }
}

TEST(HostileClient, ALineBreakInAPathDoesNotForgeALogLine) {
  auto rig = std::make_unique<ServerRig>();
  rig->ask(get("/x%0d%0a%7b%22event%22:%22forged%22%7d\x1b[31m"));
  rig->ask(get("/health"));
  rig->server.reset();
  ASSERT_EQ(rig->log.size(), 2u);
  for (const std::string& line : rig->log) {
    EXPECT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(line)["event"], "request");
  }
}

TEST(HostileClient, PipelinedFloodsAreBounded) {
  ServerRig::Options options;
  options.step_time = 2ms;
  ServerRig rig(std::move(options));
  TestClient client = rig.connect();
  client.send(post("/v1/completions", ServerRig::completion(900, true)));
  ASSERT_TRUE(client.wait_for("data: "));
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += get("/health");
  client.send(flood);
  EXPECT_TRUE(rig.is_quiet_within(3s));
}

TEST(HostileClient, ConnectionsBeyondTheLimitAreClosed) {
  ServerRig::Options options;
  options.server.limits.num_connections = 3;
  options.step_time = 2ms;
  ServerRig rig(std::move(options));
  std::vector<TestClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(post("/v1/completions", ServerRig::completion(900, true)));
    ASSERT_TRUE(clients.back().wait_for("data: "));
  }
  EXPECT_TRUE(rig.connect().is_closed_within(5s));
  clients.pop_back();
  for (int i = 0; rig.server->num_connections() > 2 && i < 1000; ++i) std::this_thread::sleep_for(2ms);
  EXPECT_EQ(rig.ask(get("/health")).status, 200);
}

}  // namespace
}  // namespace hearth::server
