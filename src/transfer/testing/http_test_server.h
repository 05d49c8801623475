#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hearth::transfer {

struct ServedRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// What a server answers, and how it goes wrong at it.
struct ServedAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::string> length = {};  ///< Content-Length, where it is not the body's; "": none
  std::optional<size_t> send_only = {};    ///< bytes of the body, and then:
  enum class Then { kClose, kReset, kStall } then = Then::kClose;
};

/// A server on loopback for tests, a thread a connection, that does what `handler` says. Stalls end with it.
class HttpTestServer {
 public:
  using Handler = std::function<ServedAnswer(const ServedRequest& request)>;
  explicit HttpTestServer(Handler handler, const char* address = "127.0.0.1");
  ~HttpTestServer();
  HttpTestServer(const HttpTestServer&) = delete;
  HttpTestServer& operator=(const HttpTestServer&) = delete;

  uint16_t port() const { return port_; }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  std::vector<ServedRequest> requests() const;
  /// Connections that were accepted, with or without a request.
  size_t num_connections() const;

 private:
  void accept_all();
  void serve(int fd);
  bool serve_one(int fd, std::string& pending);
  bool send_answer(int fd, const ServedRequest& request, const ServedAnswer& answer);
  void stall(int fd);

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;             ///< guarded by mutex_
  std::vector<int> open_;             ///< guarded by mutex_
  std::vector<ServedRequest> seen_;   ///< guarded by mutex_
  size_t num_connections_ = 0;        ///< guarded by mutex_
  std::vector<std::thread> threads_;  ///< guarded by mutex_
  std::thread acceptor_;
};

/// An answer to a GET, with its Range header honoured as RFC 9110 says.
ServedAnswer ranged_answer(const ServedRequest& request, const std::string& content, const std::string& etag);

}  // namespace hearth::transfer
