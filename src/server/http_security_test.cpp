#include <fstream>

#include <nlohmann/json.hpp>

#include "server/access/key_store.h"
#include "server/records/audit_check.h"
#include "server/records/audit_log.h"
#include "server/testing/server_rig.h"

// Keys, scopes, rates and the audit log, over HTTP.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestClient;
using testing::TestFolder;

int64_t now() { return int64_t(std::time(nullptr)); }

struct Guarded {
  Guarded() : Guarded(ServerRig::Options{}) {}
  explicit Guarded(ServerRig::Options options) {
    options.server.require_key = true;
    options.keys = keys.get();
    rig = std::make_unique<ServerRig>(std::move(options));
  }
  std::string make(ScopeSet scopes) { return *keys->create("", scopes, std::nullopt, now()); }

  TestFolder folder;
  std::unique_ptr<KeyStore> keys = *KeyStore::open(folder.path());
  std::string user = make({Scope::kInference}), watcher = make({Scope::kMetrics});
  std::unique_ptr<ServerRig> rig;
};

std::string bearer(const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; }

TEST(HttpSecurity, EveryRouteButThePublicOnesWantsAKey) {
  Guarded guarded;
  int number = 0;
  for (const Route& route : all_routes()) {
    // Each from an address of its own, for wrong keys are slowed.
    const std::string address = "127.0.1." + std::to_string(++number);
    std::string path(route.path());
    for (const std::string_view part : {"...", "{", "}"}) {
      if (const size_t at = path.find(part); at != path.npos) path.erase(at, part.size());
    }
    const auto status = [&](const std::string& headers) {
      return guarded.rig
          ->ask(std::string(route.method()) + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                    "Content-Length: 2\r\n\r\n{}",
                address.c_str())
          .status;
    };
    if (route.scope() == Scope::kPublic) {
      EXPECT_NE(status(""), 401) << path;
      continue;
    }
    EXPECT_EQ(status(""), 401) << path;
    EXPECT_EQ(status(bearer("x")), 401) << path;
    EXPECT_EQ(status("Authorization: Basic " + guarded.user + "\r\n"), 401) << path;
    const bool metrics = route.scope() == Scope::kMetrics;
    EXPECT_EQ(status(bearer(metrics ? guarded.user : guarded.watcher)), 403) << path;
    if (route.scope() == Scope::kInference) EXPECT_NE(status(bearer(guarded.user)), 401) << path;
  }
}

TEST(HttpSecurity, TakesAKeyInThreeHeaders) {
  Guarded guarded;
  for (const std::string& header :
       {bearer(guarded.user), "authorization: bearer  " + guarded.user + " \r\n",
        "X-Api-Key: " + guarded.user + "\r\n", "api-key: " + guarded.user + "\r\n"}) {
    EXPECT_EQ(guarded.rig->ask(get("/v1/models", header)).status, 200) << header;
  }
  const ReceivedResponse refused = guarded.rig->ask(get("/v1/models"));
  EXPECT_NE(refused.head.find("WWW-Authenticate: Bearer"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "invalid_api_key");
}

TEST(HttpSecurity, ARefusedRequestDoesNotUploadItsBody) {
  Guarded guarded;
  TestClient client = guarded.rig->connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 401);
  EXPECT_TRUE(client.is_closed_within(5s));
}

TEST(HttpSecurity, RevokingAKeyEndsWhatItRuns) {
  ServerRig::Options options;
  options.step_time = 5ms;
  Guarded guarded(std::move(options));
  TestClient client = guarded.rig->connect();
  client.send(post("/v1/completions", ServerRig::completion(900, true), bearer(guarded.user)));
  ASSERT_TRUE(client.wait_for("data: "));
  ASSERT_TRUE(guarded.keys->revoke(guarded.user.substr(7, 12), now()));
  EXPECT_TRUE(guarded.rig->is_quiet_within(1s));
  EXPECT_EQ(guarded.rig->ask(get("/v1/models", bearer(guarded.user))).status, 401);
}

TEST(HttpSecurity, TellsWhatIsLeftOfARate) {
  ServerRig::Options options;
  options.server.per_key.requests_per_minute = 2;
  Guarded guarded(std::move(options));
  const std::string origin = bearer(guarded.user) + "Origin: http://localhost\r\n";
  const auto head = [&](const char* path, const std::string& body) {
    return guarded.rig->ask(post(path, body, origin)).head;
  };
  const std::string chat = R"({"max_tokens": 1, "messages": [{"role": "user", "content": "a"}]})";
  const std::string first = head("/v1/completions", ServerRig::completion(1, true));
  EXPECT_NE(first.find("\r\nx-ratelimit-limit-requests: 2\r\n"), std::string::npos) << first;
  EXPECT_NE(first.find("\r\nx-ratelimit-remaining-requests: 1\r\n"), std::string::npos) << first;
  EXPECT_EQ(first.find("x-ratelimit-limit-tokens: "), std::string::npos) << "these are not limited";
  EXPECT_NE(first.find(", x-ratelimit-remaining-requests"), std::string::npos) << "exposed to pages";
  const std::string second = head("/v1/messages", chat);
  EXPECT_NE(second.find("\r\nanthropic-ratelimit-requests-remaining: 0\r\n"), std::string::npos) << second;
  const std::string refused = head("/v1/chat/completions", chat);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 429")) << refused;
  EXPECT_NE(refused.find("\r\nx-ratelimit-remaining-requests: 0\r\n"), std::string::npos) << refused;
  EXPECT_NE(refused.find("\r\nRetry-After: "), std::string::npos) << refused;
}

TEST(HttpSecurity, AStreamBelongsToItsKey) {
  Guarded guarded;
  const std::string other = guarded.make({Scope::kInference});
  TestClient client = guarded.rig->connect();
  client.send(post("/v1/completions", ServerRig::completion(3, true), bearer(guarded.user)));
  const ReceivedResponse response = client.read_response();
  const size_t begin = response.head.find("Hearth-Stream-Id: ") + 18;
  const std::string path =
      "/v1/streams/" + response.head.substr(begin, response.head.find("\r\n", begin) - begin);
  EXPECT_EQ(guarded.rig->ask(get(path, bearer(guarded.user))).status, 200);
  EXPECT_EQ(guarded.rig->ask(get(path, bearer(other))).status, 404);
}

TEST(HttpSecurity, KeysDoNotShareComputedPrefixes) {
  Guarded guarded;
  const std::string other = guarded.make({Scope::kInference});
  const std::string body = ServerRig::completion(1, false, std::string(300, 'q'));
  const auto num_cached = [&](const std::string& key) {
    const ReceivedResponse response = guarded.rig->ask(post("/v1/completions", body, bearer(key)));
    return nlohmann::json::parse(response.body)["usage"]["prompt_tokens_details"]["cached_tokens"].get<int>();
  };
  EXPECT_EQ(num_cached(guarded.user), 0);
  EXPECT_GT(num_cached(guarded.user), 200);
  EXPECT_EQ(num_cached(other), 0);
}

TEST(HttpSecurity, WithoutNeedAnyKeyOfClientsWillDo) {
  TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  ServerRig::Options options;
  options.keys = keys.get();
  ServerRig rig(std::move(options));
  EXPECT_EQ(rig.ask(get("/v1/models")).status, 200);
  EXPECT_EQ(rig.ask(get("/v1/models", bearer("sk-anything"))).status, 200);
  const std::string wrong = "hearth_0123456789ab_" + std::string(64, '0');
  EXPECT_EQ(rig.ask(get("/v1/models", bearer(wrong))).status, 401);
}

TEST(HttpSecurity, BeyondLoopbackTakesAKey) {
  TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  ServerRig rig;
  ServerOptions options;
  options.host = "0.0.0.0";
  options.port = 0;
  const auto start = [&] {
    return HttpServer::start(options,
                             {.routes = all_routes(), .models = rig.models.get(), .keys = keys.get()});
  };
  const auto open = start();
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(open.error().hint.find("hearth keys create"), std::string::npos);
  const std::string key = *keys->create("", {Scope::kInference}, std::nullopt, now());
  const auto guarded = start();
  ASSERT_TRUE(guarded) << guarded.error().message;
  for (const auto& [headers, status] : {std::pair(std::string(), 401), std::pair(bearer(key), 200)}) {
    TestClient client((*guarded)->port());
    client.send(get("/v1/models", headers));
    EXPECT_EQ(client.read_response().status, status);
  }
}

TEST(HttpSecurity, RatesAreLimited) {
  ServerRig::Options options;
  options.server.per_address.requests_per_minute = 3;
  ServerRig rig(std::move(options));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(1, false))).status, 200);
  }
  const ReceivedResponse refused = rig.ask(post("/v1/completions", ServerRig::completion(1, false)));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(nlohmann::json::parse(refused.body)["error"]["code"], "rate_limit_exceeded");
  const size_t at = refused.head.find("Retry-After: ");
  ASSERT_NE(at, std::string::npos);
  const int seconds = std::atoi(refused.head.c_str() + at + 13);
  EXPECT_GE(seconds, 15);
  EXPECT_LE(seconds, 20);
  EXPECT_EQ(rig.ask(get("/health")).status, 200);
}

TEST(HttpSecurity, TokensAreLimited) {
  ServerRig::Options options;
  options.server.per_address.tokens_per_minute = 100;
  ServerRig rig(std::move(options));
  EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(200, false))).status, 200);
  EXPECT_EQ(rig.ask(post("/v1/completions", ServerRig::completion(1, false))).status, 429);
}

TEST(HttpSecurity, TheAuditLogTellsWhoAskedButNotWhat) {
  TestFolder folder;
  const auto path = folder.path() / "audit.log";
  const auto audit = *AuditLog::open(path);
  {
    ServerRig::Options options;
    options.audit = audit.get();
    Guarded guarded(std::move(options));
    guarded.rig->ask(
        post("/v1/completions", ServerRig::completion(2, false, "secretword"), bearer(guarded.user)));
    guarded.rig->ask(post("/v1/completions", "{}", bearer("wrong")));
    guarded.rig->ask(get("/health"));
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!audit->is_synced()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nobody flushes it";
      std::this_thread::sleep_for(2ms);
    }
  }
  EXPECT_EQ(verify_audit_log(path)->num_records, 2u);
  std::ifstream file(path);
  std::string first, second;
  std::getline(file, first);
  std::getline(file, second);
  EXPECT_EQ(first.find("secretword"), std::string::npos);
  const auto record = nlohmann::json::parse(first);
  EXPECT_EQ(record["status"], 200);
  EXPECT_EQ(record["generated_tokens"], 2);
  EXPECT_EQ(record["key"].get<std::string>().size(), 12u);
  EXPECT_EQ(nlohmann::json::parse(second)["status"], 401);
}

}  // namespace
}  // namespace hearth::server
