#include "server/http_server.h"

#include <optional>

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

std::string header(const ReceivedResponse& response, const std::string& name) {
  const size_t at = response.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 4;
  return response.head.substr(begin, response.head.find("\r\n", begin) - begin);
}

TEST(HttpServer, ServesHealthAndRoot) {
  ServerRig rig;
  const ReceivedResponse health = rig.ask(get("/health"));
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, R"({"status":"ok"})");
  EXPECT_EQ(header(health, "Content-Type"), "application/json");
  EXPECT_FALSE(header(health, "x-request-id").empty());
  EXPECT_EQ(rig.ask(get("/")).body, "Ollama is running");
  EXPECT_EQ(header(rig.ask(get("/", "Accept: text/html\r\n")), "Location"), "/docs");
}

TEST(HttpServer, HeadHasTheHeadersOfGetAndNoBody) {
  ServerRig rig;
  TestClient client = rig.connect();
  client.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/health"));
  const ReceivedResponse head = client.read_response(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(header(head, "Content-Length"), "15");
  EXPECT_EQ(client.read_response().body, R"({"status":"ok"})");
}

TEST(HttpServer, NamesWhatAPathTakes) {
  ServerRig rig;
  const ReceivedResponse unknown = rig.ask(get("/nowhere"));
  EXPECT_EQ(unknown.status, 404);
  const auto error = nlohmann::json::parse(unknown.body)["error"];
  EXPECT_EQ(error["type"], "invalid_request_error");
  EXPECT_EQ(error["code"], "not_found");
  EXPECT_TRUE(error.contains("param") && error.contains("message"));
  const ReceivedResponse wrong = rig.ask(get("/v1/completions"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(header(wrong, "Allow"), "OPTIONS, POST");
  const ReceivedResponse options = rig.ask("OPTIONS /v1/completions HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(header(options, "Allow"), "OPTIONS, POST");
}

TEST(HttpServer, ErrorsFollowTheDialectOfTheRoute) {
  ServerRig rig;
  const auto anthropic = nlohmann::json::parse(rig.ask(post("/v1/messages", "{")).body);
  EXPECT_EQ(anthropic["type"], "error");
  EXPECT_EQ(anthropic["error"]["type"], "invalid_request_error");
  EXPECT_TRUE(anthropic["request_id"].get<std::string>().starts_with("req_"));
  const auto openai = nlohmann::json::parse(rig.ask(post("/v1/completions", "{")).body);
  EXPECT_EQ(openai["error"]["type"], "invalid_request_error");
}

TEST(HttpServer, ServesPipelinedRequestsInOrder) {
  ServerRig rig;
  TestClient client = rig.connect();
  client.send(get("/health") + post("/v1/completions", ServerRig::completion(5, false)) + get("/nowhere") +
              get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.read_response().status, 200);
  const ReceivedResponse completion = client.read_response();
  EXPECT_EQ(nlohmann::json::parse(completion.body)["usage"]["completion_tokens"], 5);
  EXPECT_EQ(client.read_response().status, 404);
  EXPECT_EQ(client.read_response().body, "Ollama is running");
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

TEST(HttpServer, TakesTheNextRequestAfterAStream) {
  ServerRig rig;
  TestClient client = rig.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(post("/v1/completions", ServerRig::completion(7, true)));
    const ReceivedResponse stream = client.read_response();
    EXPECT_EQ(stream.status, 200);
    EXPECT_TRUE(stream.whole);
    EXPECT_EQ(header(stream, "Content-Type"), "text/event-stream; charset=utf-8");
    EXPECT_NE(stream.body.find("data: [DONE]\n\n"), std::string::npos);
  }
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(5)));
}

TEST(HttpServer, StreamsToHttp10WithoutChunks) {
  ServerRig rig;
  const std::string body = ServerRig::completion(4, true);
  const ReceivedResponse stream = rig.ask(
      "POST /v1/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(stream.head.find("chunked"), std::string::npos);
  EXPECT_EQ(header(stream, "Connection"), "close");
  EXPECT_TRUE(stream.body.ends_with("data: [DONE]\n\n"));
}

TEST(HttpServer, SaysContinueBeforeTheBody) {
  ServerRig rig;
  TestClient client = rig.connect();
  const std::string body = ServerRig::completion(2, false);
  client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_response(true).status, 100);
  client.send(body);
  EXPECT_EQ(client.read_response().status, 200);
  // Who is refused anyhow is not asked for the body.
  client.send(
      "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 404);
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

TEST(HttpServer, ReadsChunkedBodies) {
  ServerRig rig;
  const std::string body = ServerRig::completion(3, false);
  std::string chunks;
  for (const char c : body) chunks += std::string("1;note=x\r\n") + c + "\r\n";
  const ReceivedResponse response =
      rig.ask("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunks + "0\r\n\r\n");
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST(HttpServer, ChecksHostAndOrigin) {
  testing::ServerRig::Options options;
  options.server.hosts = {"Hearth.LAN"};
  options.server.origins = {"https://app.example"};
  ServerRig rig(std::move(options));
  const auto status = [&](const std::string& headers) {
    return rig.ask("GET /health HTTP/1.1\r\n" + headers + "\r\n").status;
  };
  for (const char* host :
       {"localhost", "localhost:80", "127.0.0.1:1", "127.9.9.9", "[::1]:5", "HEARTH.lan:9"}) {
    EXPECT_EQ(status(std::string("Host: ") + host + "\r\n"), 200) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "192.168.1.1", "127.0.0.1.evil.example",
                           "a b", "[::1", "localhost:80:80", "localhost:x"}) {
    EXPECT_EQ(status(std::string("Host: ") + host + "\r\n"), 421) << host;
  }
  EXPECT_EQ(status("Host: localhost\r\nOrigin: https://app.example\r\n"), 200);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://localhost:3000\r\n"), 200);
  for (const char* origin : {"null", "file://", "https://evil.example", "http://localhost.evil.example",
                             "https://app.example.evil", "http://127.0.0.1.evil.example"}) {
    EXPECT_EQ(status(std::string("Host: localhost\r\nOrigin: ") + origin + "\r\n"), 403) << origin;
  }
}

TEST(HttpServer, ServesPreflights) {
  ServerRig rig;
  const ReceivedResponse response = rig.ask(
      "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:5173\r\n"
      "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-own\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "http://localhost:5173");
  EXPECT_EQ(header(response, "Access-Control-Allow-Headers"), "authorization,x-own");
  EXPECT_NE(header(response, "Access-Control-Allow-Methods").find("POST"), std::string::npos);
}

TEST(HttpServer, CountsWhatItDoes) {
  ServerRig rig;
  rig.ask(post("/v1/completions", ServerRig::completion(6, true)));
  ASSERT_TRUE(rig.is_quiet_within(std::chrono::seconds(5)));
  const std::string text = rig.ask(get("/metrics")).body;
  for (const char* line :
       {"hearth_generated_tokens_total{model_name=\"letters\"} 6",
        "vllm:generation_tokens_total{model_name=\"letters\"} 6",
        "hearth_time_to_first_token_seconds_count{model_name=\"letters\"} 1",
        "hearth_inter_token_latency_seconds_count{model_name=\"letters\"} 5",
        "hearth_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"200\"} 1",
        "vllm:num_requests_running{model_name=\"letters\"} 0"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(HttpServer, KeepsTheContextsBound) {
  ServerRig rig;
  const ReceivedResponse response =
      rig.ask(post("/v1/completions", ServerRig::completion(1, true, std::string(5000, 'a'))));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["code"], "context_length_exceeded");
}

TEST(HttpServer, RefusesAnAddressInUse) {
  ServerRig rig;
  ServerOptions options;
  options.port = rig.server->port();
  const auto second = HttpServer::start(options, {.routes = {}, .models = rig.models.get()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
}

TEST(HttpServer, TakesAnAddressInBrackets) {
  ServerRig rig;
  ServerOptions options;
  options.host = "[::1]";
  options.port = 0;
  const auto started = HttpServer::start(options, {.routes = {}, .models = rig.models.get()});
  // Not every machine has IPv6; then it is that which is said.
  const std::string said = started ? (*started)->url() : started.error().message;
  EXPECT_TRUE(said.starts_with("http://[::1]:") || said.starts_with("cannot listen on [::1]:0: ")) << said;
}

TEST(HttpServer, SaysThatThereAreTooFewDescriptorsToListen) {
  ServerRig rig;
  rlimit former = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &former), 0);
  // Asio itself takes some before it listens: at any number of them it is the same error.
  const int free = ::dup(STDIN_FILENO);
  ::close(free);
  for (int more = 0; more < 5; ++more) {
    const rlimit narrow = {.rlim_cur = rlim_t(free + more), .rlim_max = former.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &narrow), 0);
    ServerOptions options;
    options.port = 0;
    const auto started = HttpServer::start(options, {.routes = {}, .models = rig.models.get()});
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
    if (started) continue;
    EXPECT_EQ(started.error().code, ErrorCode::kResourceLimit) << more << started.error().message;
    EXPECT_NE(started.error().hint.find("ulimit -n"), std::string::npos) << more << started.error().message;
  }
}

/// While it lives, this process gets one more descriptor and no others.
class OneMoreFile {
 public:
  OneMoreFile() {
    const int free = ::dup(STDIN_FILENO);
    EXPECT_GE(free, 0);
    ::close(free);
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &former_), 0);
    const rlimit narrow = {.rlim_cur = rlim_t(free) + 1, .rlim_max = former_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &narrow), 0);
  }
  ~OneMoreFile() { ::setrlimit(RLIMIT_NOFILE, &former_); }
  OneMoreFile(const OneMoreFile&) = delete;
  OneMoreFile& operator=(const OneMoreFile&) = delete;

 private:
  rlimit former_ = {};
};

TEST(HttpServer, WithoutDescriptorsItSaysSoOnceAndWaits) {
  ServerRig rig;
  std::optional<TestClient> client;
  {
    const OneMoreFile limit;
    client.emplace(rig.server->port());
    client->send(get("/health"));
    ASSERT_TRUE(rig.wait_for_message("cannot accept connections"));
  }
  EXPECT_EQ(client->read_response().status, 200);
  ASSERT_TRUE(rig.wait_for_message("connections are accepted again"));
  const std::scoped_lock lock(rig.messages_mutex);
  EXPECT_EQ(rig.messages.size(), 2u);
  EXPECT_NE(rig.messages[0].find("ulimit -n"), std::string::npos) << rig.messages[0];
}

}  // namespace
}  // namespace hearth::server
