#include "transfer/http/http_client.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "transfer/testing/http_test_server.h"

namespace hearth::transfer {
namespace {

using std::chrono::milliseconds;

HttpOptions quick_options() {
  HttpOptions options;
  options.insecure = true;
  options.addresses.allow_private = true;
  options.first_backoff = milliseconds(1);
  options.num_attempts = 3;
  return options;
}

Result<HttpAnswer> get(const HttpOptions& options, const std::string& url, std::stop_token stop = {}) {
  HttpClient client(options, std::move(stop));
  return client.send({.url = *Url::parse(url), .authorization = "Bearer secret"});
}

TEST(HttpClient, GetsAnAnswer) {
  HttpTestServer server([](const ServedRequest&) {
    return ServedAnswer{.status = 404, .headers = {{"X-Name", " value "}}, .body = "none"};
  });
  const HttpAnswer answer = *get(quick_options(), server.url("/x?y"));
  EXPECT_EQ(answer.head.status, 404);
  EXPECT_EQ(answer.head.find("x-name"), "value");
  EXPECT_EQ(answer.body, "none");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].target, "/x?y");
  EXPECT_EQ(requests[0].header("authorization"), "Bearer secret");
  EXPECT_EQ(requests[0].header("accept-encoding"), "identity");
}

TEST(HttpClient, SendsABody) {
  HttpTestServer server([](const ServedRequest& request) { return ServedAnswer{.body = request.body}; });
  HttpClient client(quick_options(), {});
  EXPECT_EQ(client.send({.method = "PUT", .url = *Url::parse(server.url()), .body = "words"})->body, "words");
  EXPECT_EQ(client.send({.method = "POST", .url = *Url::parse(server.url())})->body, "");
  const std::string large(300'000, 'z');
  const BodySource source = [&](uint64_t offset, char* out, size_t size) -> Status {
    large.copy(out, size, offset);
    return {};
  };
  EXPECT_EQ(
      client
          .send(
              {.method = "PATCH", .url = *Url::parse(server.url()), .source = source, .source_size = 300'000})
          ->body,
      large);
  EXPECT_EQ(server.num_connections(), 1u) << "connections are kept";
}

TEST(HttpClient, PrivateAddressesAreNotAsked) {
  HttpTestServer server([](const ServedRequest&) { return ServedAnswer{}; });
  HttpOptions options = quick_options();
  options.addresses.allow_private = false;
  const std::string port = std::to_string(server.port());
  for (const std::string host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "0", "[::1]",
                                 "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1."}) {
    const auto answer = get(options, "http://" + host + ':' + port + '/');
    ASSERT_FALSE(answer) << host;
    EXPECT_TRUE(answer.error().code == ErrorCode::kInvalidArgument || host.contains(':') ||
                host.ends_with('.'))
        << host << ": " << answer.error().message;
  }
  EXPECT_EQ(server.num_connections(), 0u);
  options.addresses.trusted = {"127.0.0.1:" + port};
  EXPECT_TRUE(get(options, server.url()));
  EXPECT_FALSE(get(options, "http://localhost:" + port + '/'));
}

TEST(HttpClient, RedirectsAreCheckedLikeTheFirstAddress) {
  HttpTestServer canary([](const ServedRequest&) { return ServedAnswer{}; });
  std::string location;
  HttpTestServer server(
      [&](const ServedRequest&) { return ServedAnswer{.status = 302, .headers = {{"Location", location}}}; });
  HttpOptions options = quick_options();
  options.addresses = {.trusted = {"127.0.0.1:" + std::to_string(server.port())}};
  const std::string port = std::to_string(canary.port());
  for (const std::string& target : std::vector<std::string>{
           "http://127.0.0.1:" + port, "http://localhost:" + port, "http://0x7f000001:" + port,
           "//127.1:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://a@127.0.0.1:" + port,
           "file:///etc/passwd", "gopher://127.0.0.1:" + port,
           "http://127.0.0.1:" + port + "\\@example.com"}) {
    location = target;
    const auto answer = get(options, server.url());
    ASSERT_FALSE(answer) << target;
  }
  EXPECT_EQ(canary.num_connections(), 0u);
}

/// Ways to write addresses that are not public, each asked for itself and as the target of a redirect.
std::vector<std::string> private_hosts() {
  std::vector<std::string> hosts = {"localhost",         "LOCALHOST",       "[::]",          "[::1]",
                                    "[0:0:0:0:0:0:0:1]", "[fe80::1]",       "[fc00::1]",     "[ff02::1]",
                                    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[2001:db8::1]",
                                    "[100::1]",          "[fd00:ec2::254]"};
  constexpr uint32_t kAddresses[] = {0x7f000001, 0x7f000002, 0xa9fea9fe, 0x0a000001, 0xac100001,
                                     0xc0a80001, 0x64400001, 0x00000000, 0xc6120001, 0xe0000001};
  for (const uint32_t address : kAddresses) {
    const uint32_t a = address >> 24, b = address >> 16 & 255, c = address >> 8 & 255, d = address & 255;
    hosts.push_back(fmt::format("{}.{}.{}.{}", a, b, c, d));
    hosts.push_back(fmt::format("{}", address));
    hosts.push_back(fmt::format("0x{:x}", address));
    hosts.push_back(fmt::format("0x{:x}.0x{:x}.0x{:x}.0x{:x}", a, b, c, d));
    hosts.push_back(fmt::format("0{:o}.0{:o}.0{:o}.0{:o}", a, b, c, d));
    hosts.push_back(fmt::format("{}.{}", a, address & 0xffffff));
    hosts.push_back(fmt::format("{}.{}.{}", a, b, address & 0xffff));
    hosts.push_back(fmt::format("[::ffff:{}.{}.{}.{}]", a, b, c, d));
    hosts.push_back(fmt::format("[::ffff:{:x}:{:x}]", address >> 16, address & 0xffff));
    hosts.push_back(fmt::format("{}.{}.{}.%3{}", a, b, c, d % 10));
    hosts.push_back(fmt::format("user@{}.{}.{}.{}", a, b, c, d));
  }
  return hosts;
}

TEST(HttpClient, NoWayToWriteAPrivateAddressReachesIt) {
  HttpTestServer canary([](const ServedRequest&) { return ServedAnswer{}; }, "0.0.0.0");
  std::string location;
  HttpTestServer server(
      [&](const ServedRequest&) { return ServedAnswer{.status = 307, .headers = {{"Location", location}}}; });
  HttpOptions options = quick_options();
  options.num_attempts = 1;
  options.addresses = {.trusted = {"127.0.0.1:" + std::to_string(server.port())}};
  const std::vector<std::string> hosts = private_hosts();
  EXPECT_GE(hosts.size(), 120u);
  for (const std::string& host : hosts) {
    for (const std::string& text :
         {"http://" + host + ':' + std::to_string(canary.port()) + "/latest/meta-data/",
          "//" + host + ':' + std::to_string(canary.port()) + '/'}) {
      location = text;
      EXPECT_FALSE(get(options, server.url())) << text;
      const auto url = Url::parse(text);
      if (!url) continue;
      HttpClient client(options, {});
      EXPECT_FALSE(client.send({.url = *url})) << text;
    }
  }
  EXPECT_EQ(canary.num_connections(), 0u);
}

TEST(HttpClient, CredentialsStayWithTheirOrigin) {
  HttpTestServer other([](const ServedRequest&) { return ServedAnswer{.body = "there"}; });
  HttpTestServer server([&](const ServedRequest& request) {
    if (request.target == "/end") return ServedAnswer{.body = "here"};
    const std::string to = request.target == "/own" ? std::string("/end") : other.url("/x");
    return ServedAnswer{.status = 307, .headers = {{"Location", to}}};
  });
  const HttpAnswer away = *get(quick_options(), server.url("/away"));
  EXPECT_EQ(away.body, "there");
  EXPECT_EQ(away.url.text(), other.url("/x"));
  EXPECT_EQ(other.requests()[0].header("authorization"), "");
  EXPECT_EQ(get(quick_options(), server.url("/own"))->body, "here");
  EXPECT_EQ(server.requests().back().header("authorization"), "Bearer secret");
}

TEST(HttpClient, RedirectsEnd) {
  HttpTestServer server(
      [](const ServedRequest&) { return ServedAnswer{.status = 301, .headers = {{"Location", "/again"}}}; });
  const Error error = get(quick_options(), server.url()).error();
  EXPECT_EQ(error.code, ErrorCode::kResourceLimit);
  EXPECT_EQ(server.requests().size(), 11u);
}

TEST(HttpClient, PlainHttpIsAskedForByName) {
  HttpTestServer server([](const ServedRequest&) { return ServedAnswer{}; });
  HttpOptions options = quick_options();
  options.insecure = false;
  const Error error = get(options, server.url()).error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(error.hint.find("--insecure"), std::string::npos);
  EXPECT_EQ(server.num_connections(), 0u);
}

TEST(HttpClient, TriesAgainWhatMaySucceed) {
  std::atomic<int> count = 0;
  HttpTestServer server([&](const ServedRequest&) {
    const int now = ++count;
    if (now == 1) return ServedAnswer{.status = 503, .headers = {{"Retry-After", "0"}}};
    if (now == 2) return ServedAnswer{.body = "cut", .send_only = 1, .then = ServedAnswer::Then::kReset};
    return ServedAnswer{.body = "whole"};
  });
  EXPECT_EQ(get(quick_options(), server.url())->body, "whole");
  count = -100;
  HttpTestServer busy([](const ServedRequest&) { return ServedAnswer{.status = 503}; });
  const Error error = get(quick_options(), busy.url()).error();
  EXPECT_EQ(error.code, ErrorCode::kOverloaded);
  EXPECT_EQ(busy.requests().size(), 3u);
  HttpTestServer tomorrow([](const ServedRequest&) {
    return ServedAnswer{.status = 429, .headers = {{"Retry-After", "86400"}}};
  });
  EXPECT_FALSE(get(quick_options(), tomorrow.url()));
  EXPECT_EQ(tomorrow.requests().size(), 1u) << "nobody waits for a day";
}

TEST(HttpClient, AnswersAreLimited) {
  HttpTestServer large(
      [](const ServedRequest&) { return ServedAnswer{.body = std::string((4 << 20) + 1, 'x')}; });
  EXPECT_EQ(get(quick_options(), large.url()).error().code, ErrorCode::kResourceLimit);
  HttpTestServer endless(
      [](const ServedRequest&) { return ServedAnswer{.body = std::string(16 << 20, 'x'), .length = ""}; });
  EXPECT_EQ(get(quick_options(), endless.url()).error().code, ErrorCode::kResourceLimit);
  HttpTestServer packed([](const ServedRequest&) {
    return ServedAnswer{.headers = {{"Content-Encoding", "gzip"}}, .body = "\x1f\x8b"};
  });
  const Error error = get(quick_options(), packed.url()).error();
  EXPECT_EQ(error.code, ErrorCode::kCorruptData);
  EXPECT_NE(error.message.find("gzip"), std::string::npos);
  HttpTestServer headers([](const ServedRequest&) {
    ServedAnswer answer;
    for (int i = 0; i < 100; ++i) answer.headers.emplace_back("X-Long", std::string(4000, 'x'));
    return answer;
  });
  EXPECT_EQ(get(quick_options(), headers.url()).error().code, ErrorCode::kResourceLimit);
}

TEST(HttpClient, StallsAndSlownessEnd) {
  HttpTestServer server([](const ServedRequest&) {
    return ServedAnswer{.body = "never whole", .send_only = 3, .then = ServedAnswer::Then::kStall};
  });
  HttpOptions options = quick_options();
  options.num_attempts = 2;
  options.stall_timeout = milliseconds(50);
  const Error error = get(options, server.url()).error();
  EXPECT_EQ(error.code, ErrorCode::kIo);
  EXPECT_NE(error.message.find("nothing came for 50 ms"), std::string::npos) << error.message;
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(HttpClient, IsStopped) {
  HttpTestServer server([](const ServedRequest&) {
    return ServedAnswer{.body = "never whole", .send_only = 3, .then = ServedAnswer::Then::kStall};
  });
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(get(quick_options(), server.url(), stop.get_token()).error().code, ErrorCode::kCancelled);
}

TEST(HttpClient, ProxiesAreUsedAndToldNoPrivateNames) {
  HttpTestServer proxy([](const ServedRequest&) { return ServedAnswer{.body = "by proxy"}; });
  HttpOptions options = quick_options();
  options.addresses.allow_private = false;
  options.proxies.http = proxy.url("");
  EXPECT_EQ(get(options, "http://models.example/x")->body, "by proxy");
  EXPECT_EQ(proxy.requests()[0].target, "http://models.example/x");
  EXPECT_FALSE(get(options, "http://10.0.0.1/x"));
  EXPECT_FALSE(get(options, "http://169.254.169.254/x"));
  EXPECT_EQ(proxy.requests().size(), 1u);
}

TEST(HttpClient, NoHeaderIsSmuggledIn) {
  HttpTestServer server([](const ServedRequest&) { return ServedAnswer{}; });
  HttpClient client(quick_options(), {});
  EXPECT_FALSE(client.send({.url = *Url::parse(server.url()), .headers = {"A: b\r\nC: d"}}));
  EXPECT_EQ(server.requests().size(), 0u);
}

}  // namespace
}  // namespace hearth::transfer
