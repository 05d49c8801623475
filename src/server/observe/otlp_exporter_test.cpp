#include "server/observe/otlp_exporter.h"

#include <thread>

#include <gtest/gtest.h>

#include "server/http_server.h"
#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

using testing::ServerRig;

/// A collector that keeps the one body it is sent.
class Collector {
 public:
  explicit Collector(std::string status = "200 OK")
      : status_(std::move(status)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { take_one(); });
  }
  ~Collector() { ::close(listener_); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/traces"; }
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  void take_one() {
    const int peer = ::accept(listener_, nullptr, nullptr);
    char bytes[4096];
    size_t body = 0, wanted = std::string::npos;
    for (ssize_t count; wanted == std::string::npos || request_.size() < body + wanted;) {
      count = ::recv(peer, bytes, sizeof(bytes), 0);
      if (count <= 0) break;
      request_.append(bytes, size_t(count));
      const size_t end = request_.find("\r\n\r\n"), length = request_.find("Content-Length: ");
      if (end == std::string::npos || length == std::string::npos) continue;
      body = end + 4;
      wanted = std::strtoul(request_.c_str() + length + 16, nullptr, 10);
    }
    const std::string response = "HTTP/1.1 " + status_ + "\r\nContent-Length: 2\r\n\r\n{}";
    ::send(peer, response.data(), response.size(), MSG_NOSIGNAL);
    ::close(peer);
  }

  std::string status_;
  int listener_;
  uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

TEST(OtlpExporter, SendsASpanOfEachRequest) {
  Collector collector;
  const auto exporter = *OtlpExporter::start(collector.url(), no_log());
  ServerRig::Options options;
  options.traces = exporter.get();
  ServerRig rig(std::move(options));
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  rig.ask(testing::post("/v1/completions", ServerRig::completion(3, false),
                        "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n"));
  const std::string request = collector.request();
  EXPECT_TRUE(request.starts_with("POST /v1/traces HTTP/1.1\r\n"));
  const auto body = nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
  const auto& span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(span["traceId"], trace);
  EXPECT_EQ(span["parentSpanId"], "b7ad6b7169203331");
  EXPECT_EQ(span["name"], "POST /v1/completions");
  EXPECT_GE(std::stoull(span["endTimeUnixNano"].get<std::string>()),
            std::stoull(span["startTimeUnixNano"].get<std::string>()));
  bool has_tokens = false;
  for (const auto& attribute : span["attributes"]) {
    if (attribute["key"] == "gen_ai.usage.output_tokens") has_tokens = attribute["value"]["intValue"] == "3";
  }
  EXPECT_TRUE(has_tokens);
}

TEST(OtlpExporter, SaysOnceThatNobodyListens) {
  int num_warnings = 0;
  {
    const auto exporter = *OtlpExporter::start("http://127.0.0.1:1/v1/traces",
                                               [&](LogLevel, std::string_view) { ++num_warnings; });
    exporter->add({{"name", "x"}});
  }
  EXPECT_EQ(num_warnings, 1);
}

TEST(OtlpExporter, OnlyA2xxTakesSpans) {
  for (const std::string status : {"302 Found\r\nLocation: /", "404 Not Found", "202 Accepted"}) {
    Collector collector(status);
    int num_warnings = 0;
    {
      const auto exporter =
          *OtlpExporter::start(collector.url(), [&](LogLevel, std::string_view) { ++num_warnings; });
      exporter->add({{"name", "x"}});
    }
    collector.request();
    EXPECT_EQ(num_warnings, status.starts_with("202") ? 0 : 1) << status;
  }
}

}  // namespace
}  // namespace hearth::server
