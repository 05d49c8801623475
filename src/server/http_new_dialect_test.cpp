#include <limits>

#include <nlohmann/json.hpp>

#include "api/call/api_call.h"
#include "server/access/key_store.h"
#include "server/runs/begin_call.h"
#include "server/testing/server_rig.h"

// A dialect that this test makes up: the server speaks it without knowing it.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;

api::Json fault(const api::ApiError& error, std::string_view request_id) {
  api::Json body = {{"fault", {{"number", error.status}, {"word", error.code}, {"why", error.message}}}};
  if (!request_id.empty()) body["call"] = request_id;
  return body;
}

constexpr std::string_view kPaths[] = {"/telegraph"};
constexpr api::Dialect kTelegraph = {.name = "telegraph",
                                     .paths = kPaths,
                                     .marker_header = "x-telegraph",
                                     .key_header = "x-telegraph-key",
                                     .request_id_header = "x-telegraph-call",
                                     .no_path_hint = "telegrams go to /telegraph/send",
                                     .error_body = fault,
                                     .error_status = [](int status) { return status == 503 ? 530 : status; },
                                     .framing = &api::kJsonLines};

/// Writes `words` tokens, one a line; throws at the token `breaks_at`.
class Telegram final : public api::Exchange {
 public:
  explicit Telegram(const api::Json& body)
      : num_words_(body.value("words", 3)), breaks_at_(body.value("breaks_at", -1)) {}
  const std::string& id() const override { return id_; }
  bool streams() const override { return true; }
  const api::Dialect& dialect() const override { return kTelegraph; }
  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests(1);
    requests[0].prompt = std::vector<TokenId>{1, 2};
    requests[0].max_tokens = size_t(num_words_);
    requests[0].ignore_eos = true;
    // The control token has no text.
    requests[0].sampling.logit_bias = {{ServerRig::kLetters - 1, -std::numeric_limits<float>::infinity()}};
    return requests;
  }
  std::vector<api::StreamFrame> accept(const api::ChoiceEvent& event) override {
    if (num_said_ == breaks_at_) throw std::runtime_error("the line is cut at /secret/pole");
    std::vector<api::StreamFrame> frames;
    if (const std::string text = text_of(event.parts); !text.empty()) {
      ++num_said_;
      frames.push_back({"word", api::dump_json({{"word", text}})});
    }
    if (event.result) frames.push_back({"stop", api::dump_json({{"stop", num_said_}})});
    return frames;
  }
  Result<api::Json> body() override { return api::Json::object(); }

 private:
  std::string id_ = api::random_id("telegram-");
  int num_words_, breaks_at_, num_said_ = 0;
};

Result<Outcome> send(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services));
  return ModelCall{std::move(begun.model), std::make_unique<Telegram>(begun.body)};
}
Result<Outcome> fall_over(const HttpRequest&, const Caller&, Services&) {
  return fail(ErrorCode::kInternal, "the pole at /secret/place fell over");
}

ServerRig::Options telegraph() {
  ServerRig::Options options;
  options.more_dialects = {&kTelegraph};
  options.more_routes = {Route("POST", "/telegraph/send", Scope::kInference, &kTelegraph, send),
                         Route("POST", "/telegraph/broken", Scope::kInference, &kTelegraph, fall_over)};
  return options;
}

/// What the server says is a fault of the telegraph's, with this number in it.
void expect_fault(const ReceivedResponse& response, int number, const std::string& what, int status = 0) {
  EXPECT_EQ(response.status, status == 0 ? number : status) << what << response.body;
  const json body = json::parse(response.body, nullptr, false);
  ASSERT_TRUE(body.is_object() && body.contains("fault")) << what << response.body;
  EXPECT_EQ(body["fault"]["number"], number) << what;
  EXPECT_FALSE(body["fault"]["why"].get<std::string>().empty()) << what;
  EXPECT_EQ(body["fault"]["why"].get<std::string>().find("secret"), std::string::npos) << what;
  EXPECT_NE(response.head.find("x-telegraph-call: " + body["call"].get<std::string>()), std::string::npos)
      << response.head;
}

TEST(NewDialect, ErrorsOfItsRoutesAreItsOwn) {
  ServerRig::Options options = telegraph();
  options.server.limits.body_bytes = 1000;
  ServerRig rig(std::move(options));
  const auto ask = [&](const std::string& request, int number) {
    expect_fault(rig.ask(request), number, request.substr(0, 200));
  };
  ask(post("/telegraph/send", "{"), 400);
  ask(post("/telegraph/send", R"({"model": "gpt-4"})"), 404);
  ask(post("/telegraph/broken", "{}"), 500);
  ask(get("/telegraph/send"), 405);
  ask(post("/telegraph/send", "{}", "Content-Encoding: gzip\r\n"), 415);
  ask(post("/telegraph/send", "{}", "Hearth-Stream-Grace: soon\r\n"), 400);
  ask("POST /telegraph/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n", 413);
  ask("POST /telegraph/send HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
          std::string(1001, ' '),
      413);
  const ReceivedResponse missing = rig.ask(get("/telegraph/receive"));
  expect_fault(missing, 404, "no such path");
  EXPECT_NE(missing.body.find("telegrams go to"), std::string::npos) << missing.body;
  // Its clients are known by their header on every path, others' by theirs.
  ask(get("/v1/models/none", "X-Telegraph: 1\r\n"), 404);
  ask(get("/surprise", "X-Telegraph: 1\r\n"), 404);
  EXPECT_TRUE(json::parse(rig.ask(get("/telegraph/receive", "anthropic-version: 1\r\n")).body)
                  .contains("request_id"));
  EXPECT_TRUE(json::parse(rig.ask(get("/surprise")).body)["error"].contains("param"));
}

TEST(NewDialect, ErrorsBeforeAnyRouteAreItsOwn) {
  ServerRig rig(telegraph());
  const std::string line = "POST /telegraph/send HTTP/1.1\r\n", host = "Host: localhost\r\n";
  const auto ask = [&](const std::string& request, int number) {
    TestClient client = rig.connect();
    client.send(request);
    expect_fault(client.read_response(), number, request.substr(0, 200));
  };
  ask(line + "Host: my.example\r\n\r\n", 421);
  ask(line + host + "Origin: https://page.example\r\n\r\n", 403);
  ask(line + "\r\n", 400);
  ask(line + host + host + "\r\n", 400);
  ask(line + host + "Content-Length: x\r\n\r\n", 400);
  ask(line + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  ask(line + host + "Bad Name: x\r\n\r\n", 400);
  ask(line + host + "Expect: a miracle\r\n\r\n", 417);
  ask("POST /telegraph/send HTTP/3.0\r\n" + host + "\r\n", 505);
  ask(line + host + "X: " + std::string(40'000, 'x') + "\r\n\r\n", 431);
  ask(line + host + "Content-Length: 99999999999\r\n\r\n", 413);
  // What the path cannot tell, the header does.
  ask("GET /a/../b HTTP/1.1\r\n" + host + "X-Telegraph: 1\r\n\r\n", 400);
  ask("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n" + host + "X-TELEGRAPH: 1\r\n\r\n", 414);
  ask("GET /v1/models HTTP/1.1\r\n" + host + "X-Telegraph: 1\r\nBad Name: x\r\n\r\n", 400);
  // Nor is it taken for what it is not.
  for (const std::string& request :
       {std::string("\x16\x03\x01\r\n\r\n"), "GET /v1/models HTTP/1.1\r\n\r\n" + line}) {
    TestClient client = rig.connect();
    client.send(request);
    EXPECT_TRUE(json::parse(client.read_response().body)["error"].contains("param"));
  }
}

TEST(NewDialect, SlowRequestsAreToldInIt) {
  ServerRig::Options options = telegraph();
  options.server.limits.header_time = options.server.limits.body_time = 200ms;
  ServerRig rig(std::move(options));
  TestClient head = rig.connect(), body = rig.connect(), marked = rig.connect();
  head.send("POST /telegraph/send HTTP/1.1\r\nHost: loc");
  body.send("POST /telegraph/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n{");
  marked.send("GET /v1/models HTTP/1.1\r\nX-Telegraph: 1\r\nHost: loc");
  for (TestClient* client : {&head, &body, &marked}) {
    expect_fault(client->read_response(), 408, "too slow");
    EXPECT_TRUE(client->is_closed_within(10s));
  }
}

TEST(NewDialect, KeysComeInItsHeader) {
  const testing::TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  const std::string key = *keys->create("", {Scope::kInference}, std::nullopt, std::time(nullptr));
  const std::string watcher = *keys->create("", {Scope::kMetrics}, std::nullopt, std::time(nullptr));
  ServerRig::Options options = telegraph();
  options.keys = keys.get();
  options.server.require_key = true;
  options.server.per_key.requests_per_minute = 1;
  ServerRig rig(std::move(options));
  const auto send = [&](const std::string& headers) {
    return rig.ask(post("/telegraph/send", R"({"words": 1})", headers));
  };
  const ReceivedResponse none = send("");
  expect_fault(none, 401, "no key");
  EXPECT_NE(none.body.find("x-telegraph-key: KEY"), std::string::npos) << none.body;
  expect_fault(send("X-Telegraph-Key: hearth-wrong\r\n"), 401, "wrong key");
  expect_fault(send("X-Telegraph-Key: " + watcher + "\r\n"), 403, "wrong scope");
  EXPECT_EQ(send("X-Telegraph-Key: " + key + "\r\n").status, 200);
  const ReceivedResponse second = send("X-Telegraph-Key: " + key + "\r\n");
  expect_fault(second, 429, "too often");
  EXPECT_NE(second.head.find("Retry-After: "), std::string::npos);
}

TEST(NewDialect, AFullServerSaysSoInIt) {
  ServerRig::Options options = telegraph();
  options.step_time = 2ms;
  options.server.capacity = 1;
  options.server.reserved_places = 0;
  ServerRig rig(std::move(options));
  TestClient busy = rig.connect();
  busy.send(post("/telegraph/send", R"({"words": 900})"));
  ASSERT_TRUE(busy.wait_for("word"));
  const ReceivedResponse full = rig.ask(post("/telegraph/send", "{}"));
  expect_fault(full, 503, "full", 530);
  EXPECT_NE(full.head.find("Retry-After: "), std::string::npos);
}

TEST(NewDialect, StreamsAreLinesOfJson) {
  ServerRig rig(telegraph());
  const ReceivedResponse response =
      rig.ask(post("/telegraph/send", R"({"words": 3})", "Origin: http://localhost\r\n"));
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.whole);
  EXPECT_NE(response.head.find("Content-Type: application/x-ndjson\r\n"), std::string::npos) << response.head;
  EXPECT_NE(response.head.find("x-telegraph-call"), response.head.rfind("x-telegraph-call"))
      << "exposed to pages";
  std::vector<json> lines;
  std::string_view rest = response.body;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    ASSERT_NE(end, rest.npos) << response.body;
    lines.push_back(json::parse(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
  ASSERT_EQ(lines.size(), 4u) << response.body;
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(lines[i]["word"].get<std::string>().size(), 1u);
  EXPECT_EQ(lines[3], (json{{"stop", 3}}));
  // Whoever comes back gets the rest of it: frames without ids are counted.
  const size_t at = response.head.find("Hearth-Stream-Id: ") + 18;
  const std::string id = response.head.substr(at, response.head.find("\r\n", at) - at);
  const ReceivedResponse again = rig.ask(get("/v1/streams/" + id, "Last-Event-ID: 3\r\n"));
  EXPECT_NE(again.head.find("Content-Type: application/x-ndjson\r\n"), std::string::npos) << again.head;
  EXPECT_EQ(again.body, "{\"stop\":3}\n");
}

TEST(NewDialect, AnErrorInAStreamIsALineOfItsOwn) {
  ServerRig rig(telegraph());
  const ReceivedResponse response = rig.ask(post("/telegraph/send", R"({"words": 5, "breaks_at": 2})"));
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.whole);
  ASSERT_TRUE(response.body.ends_with("}\n")) << response.body;
  EXPECT_EQ(std::ranges::count(response.body, '\n'), 3) << response.body;
  const size_t last = response.body.rfind('\n', response.body.size() - 2) + 1;
  const json fault = json::parse(response.body.substr(last));
  EXPECT_EQ(fault["fault"]["number"], 500);
  EXPECT_FALSE(fault.contains("call"));
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(NewDialect, ASilentStreamSendsBlanksBetweenItsLines) {
  ServerRig::Options options = telegraph();
  options.server.limits.keep_alive_time = 5ms;
  options.step_time = 60ms;
  ServerRig rig(std::move(options));
  const ReceivedResponse response = rig.ask(post("/telegraph/send", R"({"words": 4})"));
  EXPECT_NE(response.body.find(' '), std::string::npos) << response.body;
  std::string_view rest = response.body;
  size_t num_lines = 0;
  for (; !rest.empty(); ++num_lines) {
    const size_t end = rest.find('\n');
    ASSERT_NE(end, rest.npos) << response.body;
    EXPECT_TRUE(json::accept(rest.substr(0, end))) << response.body;
    rest.remove_prefix(end + 1);
  }
  EXPECT_EQ(num_lines, 5u);
}

}  // namespace
}  // namespace hearth::server
