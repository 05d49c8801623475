#include "transfer/registry/registry_client.h"

#include <atomic>

#include <gtest/gtest.h>

#include "transfer/registry/registry_access.h"
#include "transfer/testing/http_test_server.h"

namespace hearth::transfer {
namespace {

using Handler = HttpTestServer::Handler;

class RegistryClientTest : public testing::Test {
 protected:
  RegistryClientTest() {
    options_.insecure = true;
    options_.addresses.allow_private = true;
    options_.num_attempts = 2;
    options_.first_backoff = std::chrono::milliseconds(1);
  }

  Result<RegistryClient> open(HttpClient& http, const HttpTestServer& server, RegistryAccount account = {}) {
    return RegistryClient::open(http, "127.0.0.1:" + std::to_string(server.port()), "space/model",
                                std::move(account));
  }

  HttpOptions options_;
};

/// Requests for manifests want "Bearer good"; `challenge` is what others are told.
Handler with_token(const std::function<std::string()>& challenge) {
  return [challenge](const ServedRequest& request) {
    if (request.target.starts_with("/token")) return ServedAnswer{.body = R"({"token": "good"})"};
    if (request.target == "/v2/") return ServedAnswer{};
    if (request.header("authorization") == "Bearer good") return ServedAnswer{.body = "{}"};
    return ServedAnswer{.status = 401, .headers = {{"WWW-Authenticate", challenge()}}};
  };
}

TEST_F(RegistryClientTest, ATokenIsFetchedOnce) {
  std::string realm;
  HttpTestServer server(with_token([&] {
    return "Bearer realm=\"" + realm + "\",service=\"the service\",scope=\"repository:space/model:pull\"";
  }));
  realm = server.url("/token");
  HttpClient http(options_, {});
  RegistryClient registry = *open(http, server);
  EXPECT_EQ(*registry.manifest("tag"), "{}");
  EXPECT_EQ(*registry.manifest("tag"), "{}");
  std::vector<std::string> targets;
  for (const ServedRequest& request : server.requests()) {
    if (request.target.starts_with("/token")) targets.push_back(request.target);
  }
  EXPECT_EQ(targets,
            std::vector<std::string>{"/token?scope=repository%3Aspace%2Fmodel%3Apull&service=the%20service"});
}

TEST_F(RegistryClientTest, ATokenIsNotFetchedElsewhere) {
  HttpTestServer other([](const ServedRequest&) { return ServedAnswer{.body = R"({"token": "good"})"}; });
  HttpTestServer server(
      with_token([&] { return "Bearer realm=\"" + other.url("/token") + "\",scope=\"repository:a:pull\""; }));
  HttpClient http(options_, {});
  RegistryClient registry = *open(http, server);
  const auto manifest = registry.manifest("tag");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(other.num_connections(), 0u);
  HttpOptions trusting = options_;
  trusting.addresses.trusted = {"127.0.0.1:" + std::to_string(other.port())};
  HttpClient trusting_http(trusting, {});
  EXPECT_TRUE(open(trusting_http, server)->manifest("tag"));
}

TEST_F(RegistryClientTest, TokensThatAreNoneAreRefused) {
  for (const char* body :
       {"", "[]", "{}", R"({"token": 1})", R"({"token": "a\r\nX: y"})", R"({"token": ""})"}) {
    std::string realm;
    HttpTestServer server([&](const ServedRequest& request) {
      if (request.target.starts_with("/token")) return ServedAnswer{.body = body};
      return ServedAnswer{.status = 401, .headers = {{"WWW-Authenticate", "Bearer realm=\"" + realm + "\""}}};
    });
    realm = server.url("/token");
    HttpClient http(options_, {});
    EXPECT_EQ(open(http, server)->manifest("tag").error().code, ErrorCode::kCorruptData) << body;
  }
}

TEST_F(RegistryClientTest, AnAccountOfDockersIsUsed) {
  HttpTestServer server([](const ServedRequest& request) {
    if (request.header("authorization") == "Basic dXNlcjp3b3Jk") return ServedAnswer{.body = "{}"};
    return ServedAnswer{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"x\""}}};
  });
  HttpClient http(options_, {});
  EXPECT_TRUE(open(http, server, {.basic = "user:word"})->manifest("tag"));
  EXPECT_FALSE(open(http, server, {.basic = "user:wrong"})->manifest("tag"));
  const auto refused = open(http, server)->manifest("tag");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().hint.contains("docker login")) << refused.error().hint;
  constexpr const char* kConfig =
      R"({"auths": {"https://a.example/v1/": {"auth": "dXNlcjp3b3Jk"}, "b.example": {"auth": "?"}, "c": 1}})";
  EXPECT_EQ(docker_account(kConfig, "a.example"), "user:word");
  EXPECT_EQ(docker_account(kConfig, "b.example"), "");
  EXPECT_EQ(docker_account(kConfig, "c"), "");
  EXPECT_EQ(docker_account(kConfig, "example"), "");
  EXPECT_EQ(docker_account("no json", "a.example"), "");
}

/// As Ollama's registry takes parts: each is sent on to another store, without our credentials.
TEST_F(RegistryClientTest, PartsMayGoToAnotherStore) {
  std::string stored;
  HttpTestServer store([&](const ServedRequest& request) {
    stored += request.body;
    return ServedAnswer{.headers = {{"ETag", "\"x\""}}};
  });
  HttpTestServer server([&](const ServedRequest& request) {
    if (request.method == "POST")
      return ServedAnswer{.status = 202, .headers = {{"Location", "/upload/1?state=a"}}};
    if (request.method == "PATCH") {
      return ServedAnswer{.status = 307,
                          .headers = {{"Location", store.url("/part?signature=s")},
                                      {"Docker-Upload-Location", "/upload/2?state=b"}}};
    }
    return ServedAnswer{.status = 201};
  });
  HttpClient http(options_, {});
  RegistryClient registry = *open(http, server);
  const std::string content = "0123456789";
  std::vector<uint64_t> progress;
  const BlobDigest digest(sha256(as_bytes(content)));
  const Status sent = registry.upload({.digest = digest,
                                       .num_bytes = content.size(),
                                       .source = [&](uint64_t offset, char* out, size_t size) -> Status {
                                         content.copy(out, size, offset);
                                         return {};
                                       }},
                                      4, [&](uint64_t num_bytes) { progress.push_back(num_bytes); });
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(stored, content);
  EXPECT_EQ(progress, (std::vector<uint64_t>{4, 8, 10}));
  const auto requests = server.requests();
  const ServedRequest& last = requests.back();
  EXPECT_EQ(last.method, "PUT");
  // MD5 of the MD5s of "0123", "4567" and "89", as object stores count a file in parts.
  EXPECT_EQ(last.target,
            "/upload/2?state=b&digest=" + digest.text() + "&etag=61e3716e3a7767581863b67c4e785584-3");
  for (const ServedRequest& request : store.requests()) EXPECT_EQ(request.header("authorization"), "");
}

}  // namespace
}  // namespace hearth::transfer
