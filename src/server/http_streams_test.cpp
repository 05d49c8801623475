#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include <netinet/tcp.h>
#include <nlohmann/json.hpp>

#include "base/sanitizer.h"
#include "server/testing/server_rig.h"
#include "server/testing/sse_parser.h"

// Responses while they are made: cancelled, resumed, refused, drained.

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

std::string stream_id(const TestClient& client) {
  const std::string name = "Hearth-Stream-Id: ";
  const size_t begin = client.received().find(name) + name.size();
  return client.received().substr(begin, client.received().find("\r\n", begin) - begin);
}

TEST(HttpStreams, AClosedConnectionFreesItsBlocks) {
  ServerRig rig(slow());
  for (const bool stream : {true, false}) {
    TestClient client = rig.connect();
    client.send(post("/v1/completions", ServerRig::completion(900, stream)));
    while (rig.engine->stats().num_kv_blocks_used == 0) std::this_thread::sleep_for(1ms);
    client.close();
    EXPECT_TRUE(rig.is_quiet_within(1s)) << stream;
  }
}

TEST(HttpStreams, AClosedConnectionStopsThePrefill) {
  ServerRig rig(slow(20ms));
  TestClient client = rig.connect();
  // 900 tokens in steps of 64.
  client.send(post("/v1/completions", ServerRig::completion(5, false, std::string(900, 'a'))));
  while (rig.engine->stats().num_kv_blocks_used == 0) std::this_thread::sleep_for(1ms);
  client.close();
  ASSERT_TRUE(rig.is_quiet_within(2s));
  EXPECT_EQ(rig.engine->stats().num_generated_tokens, 0u);
}

TEST(HttpStreams, AReaderThatDoesNotReadIsCutOff) {
  ServerRig::Options options = slow(0ms);
  options.server.limits.unread_bytes = 200'000;
  options.server.limits.write_time = 60s;
  options.context = 20'000;
  options.num_tokens = 80'000;
  ServerRig rig(std::move(options));
  TestClient client = rig.connect();
  // Far more than the sockets' own buffers take.
  client.send(post("/v1/completions", ServerRig::completion(19'000, true, "a", R"(,"logprobs":5)")));
  EXPECT_TRUE(client.wait_for("data: "));
  EXPECT_TRUE(rig.is_quiet_within(60s));
  EXPECT_LT(rig.engine->stats().num_generated_tokens, 19'000u);
  EXPECT_TRUE(client.wait_for("stream_lost"))
      << client.received().substr(client.received().size() - std::min<size_t>(client.received().size(), 600));
  EXPECT_EQ(client.received().find("[DONE]"), std::string::npos);
}

TEST(HttpStreams, ThousandStreamsOfWhichHalfHangUp) {
  ServerRig::Options options = slow(1ms);
  options.server.capacity = 2000;
  options.context = 20'000;
  ServerRig rig(std::move(options));
  std::mt19937 random(7);
  std::vector<TestClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(rig.connect());
    ASSERT_TRUE(clients.back().connected());
    const std::string prompt(1 + size_t(i) % 40, char('a' + i % 25));
    // Those that hang up below still run then, however slow the machine is.
    const int num_tokens = i % 2 == 0 ? 19'000 : 20;
    clients.back().send(
        post("/v1/completions", ServerRig::completion(num_tokens, true, prompt, R"(,"seed":1)")));
    if (random() % 4 == 0) clients.back().close();
  }
  for (size_t i = 0; i < clients.size(); i += 2) clients[i].close();
  int num_whole = 0, num_left = 0;
  for (size_t i = 1; i < clients.size(); i += 2) {
    const ReceivedResponse response = clients[i].read_response(false, 60s);
    if (response.status == 0) continue;
    ++num_left;
    num_whole += response.whole && response.body.ends_with("data: [DONE]\n\n");
  }
  EXPECT_GT(num_left, 300);
  EXPECT_EQ(num_whole, num_left);
  EXPECT_TRUE(rig.is_quiet_within(10s));
  // Some had left before their turn came.
  const double num_cancelled = rig.metric("hearth_finished_exchanges_total{finished_reason=\"cancelled\"");
  const double num_left_queue =
      rig.metric("hearth_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"499\"");
  EXPECT_GT(num_cancelled + num_left_queue, 300);
}

size_t resident_bytes() {
  size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * size_t(sysconf(_SC_PAGESIZE));
}

TEST(HttpStreams, TwoThousandIdleConnectionsAreCheap) {
  ServerRig rig;
  std::vector<TestClient> clients;
  clients.reserve(2000);
  EXPECT_EQ(rig.ask(get("/health")).status, 200);
  const size_t before = resident_bytes();
  for (int i = 0; i < 2000; ++i) {
    clients.push_back(rig.connect());
    // Half have asked something before.
    if (i % 2 == 0) continue;
    clients.back().send(get("/health"));
    ASSERT_EQ(clients.back().read_response().status, 200);
  }
  while (rig.server->num_connections() < 2000) std::this_thread::sleep_for(1ms);
  if (!kSanitized) {
    EXPECT_LT(resident_bytes() - before, size_t(40) << 20);
  }
  EXPECT_EQ(rig.ask(get("/health")).status, 200);
}

TEST(HttpStreams, TextDoesNotDependOnCompany) {
  ServerRig rig;
  const auto ask = [&](int i) {
    return post("/v1/completions", ServerRig::completion(30, false, std::string(5, char('a' + i)),
                                                         R"(,"temperature":1,"seed":)" + std::to_string(i)));
  };
  const auto text = [](const ReceivedResponse& response) {
    return nlohmann::json::parse(response.body)["choices"][0]["text"].get<std::string>();
  };
  std::vector<TestClient> clients;
  for (int i = 0; i < 24; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(ask(i));
  }
  for (int i = 0; i < 24; ++i) {
    const ReceivedResponse together = clients[size_t(i)].read_response();
    ASSERT_EQ(together.status, 200);
    EXPECT_EQ(text(together), text(rig.ask(ask(i))));
  }
}

TEST(HttpStreams, AreTakenUpWhereTheyWereLeft) {
  ServerRig rig(slow(5ms));
  TestClient first = rig.connect();
  first.send(post("/v1/completions", ServerRig::completion(60, true), "Hearth-Stream-Grace: 30\r\n"));
  ASSERT_TRUE(first.wait_for("id: 5\n"));
  const std::string id = stream_id(first);
  first.close();
  const ReceivedResponse rest = rig.ask(get("/v1/streams/" + id, "Last-Event-ID: 3\r\n"));
  EXPECT_EQ(rest.status, 200);
  EXPECT_TRUE(rest.body.starts_with("id: 4\n")) << rest.body.substr(0, 100);
  EXPECT_TRUE(rest.body.ends_with("data: [DONE]\n\n"));
  // Also when it has ended, and from its beginning.
  const ReceivedResponse again = rig.ask(get("/v1/streams/" + id));
  EXPECT_TRUE(again.body.starts_with("id: 1\n"));
  EXPECT_TRUE(again.body.ends_with(rest.body));
  EXPECT_TRUE(rig.is_quiet_within(2s));
  EXPECT_EQ(rig.engine->stats().num_generated_tokens, 60u);
  TestClient head = rig.connect();
  head.send("HEAD /v1/streams/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/health"));
  EXPECT_EQ(head.read_response(true).status, 200);
  EXPECT_EQ(head.read_response().body, R"({"status":"ok"})");
  EXPECT_EQ(rig.ask(get("/v1/streams/cmpl-unknown")).status, 404);
  EXPECT_EQ(rig.ask(get("/v1/streams/" + id, "Last-Event-ID: x\r\n")).status, 400);
  const ReceivedResponse lost = rig.ask(get("/v1/streams/" + id, "Last-Event-ID: 99999\r\n"));
  EXPECT_EQ(lost.status, 410);
  EXPECT_NE(lost.body.find("stream_lost"), std::string::npos);
}

TEST(HttpStreams, EndWithTheirGrace) {
  ServerRig rig(slow(10ms));
  TestClient client = rig.connect();
  client.send(post("/v1/completions", ServerRig::completion(900, true), "Hearth-Stream-Grace: 1\r\n"));
  ASSERT_TRUE(client.wait_for("data: "));
  client.close();
  EXPECT_FALSE(rig.is_quiet_within(500ms));
  EXPECT_TRUE(rig.is_quiet_within(3s));
}

TEST(HttpStreams, AFullHouseIsSaidAtOnce) {
  ServerRig::Options options = slow();
  options.server.capacity = 4;
  ServerRig rig(std::move(options));
  std::vector<TestClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(post("/v1/completions", ServerRig::completion(900, true)));
    ASSERT_TRUE(clients.back().wait_for("data: "));
  }
  const ReceivedResponse refused = rig.ask(post("/v1/completions", ServerRig::completion(1, false)));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.head.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(rig.ask(post("/v1/messages", "{}")).status, 529);
  clients.clear();
  ASSERT_TRUE(rig.is_quiet_within(2s));
  // What asks for more than there are places waits for its own to become free, and not for ever.
  EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(1, false, "a", R"(,"n":9)"))).status, 200);
  EXPECT_TRUE(rig.is_quiet_within(2s));
}

TEST(HttpStreams, DrainingLetsStreamsEnd) {
  ServerRig rig(slow());
  TestClient idle = rig.connect(), busy = rig.connect();
  idle.send(get("/health"));
  EXPECT_EQ(idle.read_response().status, 200);
  busy.send(post("/v1/completions", ServerRig::completion(50, true)));
  ASSERT_TRUE(busy.wait_for("data: "));
  rig.server->drain(20s);
  EXPECT_TRUE(idle.is_closed_within(1s));
  EXPECT_TRUE(busy.wait_for("data: [DONE]", 1s));
  EXPECT_FALSE(TestClient(rig.server->port()).connected());
}

TEST(HttpStreams, DrainingEndsWhatTakesTooLong) {
  ServerRig rig(slow());
  TestClient busy = rig.connect();
  busy.send(post("/v1/completions", ServerRig::completion(900, true)));
  ASSERT_TRUE(busy.wait_for("data: "));
  const auto begin = std::chrono::steady_clock::now();
  rig.server->drain(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_TRUE(busy.wait_for("0\r\n\r\n", 1s)) << "no last chunk";
  EXPECT_TRUE(rig.is_quiet_within(1s));
}

// What a stream says while it is silent is read as browsers read it, in whatever pieces it comes; and with an
// eye on what clients are known to stumble over.

struct StreamCase {
  const char* path;
  const char* body;
  const char* last_event;  ///< what its last event holds
};

constexpr StreamCase kStreamCases[] = {
    {"/v1/completions",
     R"({"prompt":"hello","max_tokens":3,"ignore_eos":true,"temperature":0,"stream":true})", "[DONE]"},
    {"/v1/chat/completions",
     R"({"messages":[{"role":"user","content":"hello"}],"max_tokens":3,"ignore_eos":true,"temperature":0,"stream":true})",
     "[DONE]"},
    {"/v1/responses",
     R"({"input":"hello","max_output_tokens":3,"ignore_eos":true,"temperature":0,"stream":true})",
     R"("type":"response.incomplete")"},
    {"/v1/messages",
     R"({"messages":[{"role":"user","content":"hello"}],"max_tokens":3,"ignore_eos":true,"temperature":0,"stream":true})",
     R"("type":"message_stop")"},
};

testing::SseParser parsed(std::string_view stream, size_t piece) {
  testing::SseParser parser;
  for (size_t i = 0; i < stream.size(); i += piece) parser.push(stream.substr(i, piece));
  return parser;
}

bool is_ping(const testing::SseEvent& event) { return event.type == "ping"; }

size_t num_pings(const testing::SseParser& parser) {
  return size_t(std::ranges::count_if(parser.events(), is_ping));
}

/// The types of the events that say something.
std::vector<std::string> types_of(const testing::SseParser& parser) {
  std::vector<std::string> types;
  for (const testing::SseEvent& event : parser.events()) {
    if (!is_ping(event)) types.push_back(event.type);
  }
  return types;
}

TEST(HttpStreams, SilenceIsBrokenByNothingThatIsAnEvent) {
  ServerRig quiet;
  ServerRig::Options options = slow(50ms);
  options.server.limits.keep_alive_time = 10ms;
  ServerRig rig(std::move(options));
  for (const StreamCase& one : kStreamCases) {
    SCOPED_TRACE(one.path);
    const ReceivedResponse response = rig.ask(post(one.path, one.body));
    ASSERT_EQ(response.status, 200) << response.body;
    ASSERT_TRUE(response.whole);
    const testing::SseParser whole = parsed(response.body, response.body.size()),
                             bytewise = parsed(response.body, 1);
    EXPECT_EQ(bytewise.events(), whole.events());
    EXPECT_EQ(bytewise.comments(), whole.comments());
    EXPECT_FALSE(whole.in_event());
    EXPECT_EQ(whole.num_stray_blank_lines(), 0u);
    EXPECT_EQ(whole.num_ids(), 0u);
    for (const testing::SseEvent& event : whole.events()) {
      EXPECT_TRUE(event.data == "[DONE]" || nlohmann::json::accept(event.data)) << event.data;
    }
    EXPECT_NE(whole.events().back().data.find(one.last_event), std::string::npos);
    const testing::SseParser without = parsed(quiet.ask(post(one.path, one.body)).body, 1);
    EXPECT_EQ(types_of(whole), types_of(without));
    EXPECT_TRUE(without.comments().empty());
    // Anthropic's clients know an event for this; the others get comments.
    if (std::string_view(one.path) == "/v1/messages") {
      EXPECT_GT(num_pings(whole), num_pings(without));
      EXPECT_TRUE(whole.comments().empty());
    } else {
      EXPECT_GT(whole.comments().size(), 0u);
      EXPECT_EQ(num_pings(whole), 0u);
    }
  }
}

TEST(HttpStreams, TokensWithoutTextDoNotKeepAStreamAlive) {
  ServerRig::Options options = slow(5ms);
  options.server.limits.keep_alive_time = 30ms;
  ServerRig rig(std::move(options));
  // A control token, which has no text, again and again: news for the stream, but nothing to send.
  const ReceivedResponse response = rig.ask(
      post("/v1/completions", ServerRig::completion(30, true, "hello", R"(,"logit_bias":{"25":100})")));
  EXPECT_NE(response.body.find(": keep-alive\n"), std::string::npos) << response.body;
}

TEST(HttpStreams, StayQuietWhereAskedTo) {
  ServerRig::Options options = slow(20ms);
  options.server.limits.keep_alive_time = 0ms;
  ServerRig rig(std::move(options));
  for (const StreamCase& one : kStreamCases) {
    const testing::SseParser stream = parsed(rig.ask(post(one.path, one.body)).body, 1);
    EXPECT_TRUE(stream.comments().empty());
    EXPECT_LE(num_pings(stream), 1u);
  }
}

TEST(HttpStreams, TellIdsToThoseWhoMayComeBack) {
  ServerRig rig;
  for (const StreamCase& one : kStreamCases) {
    SCOPED_TRACE(one.path);
    const testing::SseParser stream =
        parsed(rig.ask(post(one.path, one.body, "Hearth-Stream-Grace: 0\r\n")).body, 1);
    ASSERT_EQ(stream.num_ids(), stream.events().size());
    for (size_t i = 0; i < stream.events().size(); ++i) {
      EXPECT_EQ(stream.events()[i].last_id, std::to_string(i + 1));
    }
  }
  for (const char* grace : {"", "-1", "soon", "1.5", "99999999999999999999"}) {
    const ReceivedResponse refused = rig.ask(post("/v1/completions", ServerRig::completion(1, true),
                                                  "Hearth-Stream-Grace: " + std::string(grace) + "\r\n"));
    EXPECT_EQ(refused.status, 400) << grace;
    EXPECT_NE(refused.body.find("Hearth-Stream-Grace"), std::string::npos) << grace;
  }
}

/// The server's end of a client's connection.
int peer_socket(const TestClient& client) {
  sockaddr_in own = {};
  socklen_t size = sizeof(own);
  ::getsockname(client.socket(), reinterpret_cast<sockaddr*>(&own), &size);
  for (int file = 0; file < 4096; ++file) {
    sockaddr_in other = {};
    size = sizeof(other);
    if (::getpeername(file, reinterpret_cast<sockaddr*>(&other), &size) == 0 && other.sin_family == AF_INET &&
        other.sin_port == own.sin_port) {
      return file;
    }
  }
  return -1;
}

TEST(HttpStreams, TheKernelKeepsConnectionsAlive) {
  ServerRig rig;
  TestClient client = rig.connect();
  client.send(get("/health"));
  ASSERT_EQ(client.read_response().status, 200);
  int on = 0, idle_s = 0;
  socklen_t size = sizeof(on);
  const int socket = peer_socket(client);
  ASSERT_EQ(::getsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
  ASSERT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, &size), 0);
  EXPECT_TRUE(on);
  EXPECT_LE(idle_s, 60);
}

}  // namespace
}  // namespace hearth::server
