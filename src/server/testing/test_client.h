#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// A client for tests, which also does what no decent client would.

namespace hearth::testing {

/// What came back: the status, the head as it stands, the body with its chunks put together.
struct ReceivedResponse {
  int status = 0;
  std::string head;
  std::string body;
  bool whole = false;  ///< the body ended as the head said
};

/// A plain socket to a server on this machine.
class TestClient {
 public:
  /// `from` is one of the many addresses that this machine has for itself.
  explicit TestClient(uint16_t port, const char* from = "127.0.0.1")
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    (void)::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  /// Takes a connected socket over.
  static TestClient of(int socket) { return TestClient(Taken{socket}); }
  TestClient(TestClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_),
        buffer_(std::move(other.buffer_)) {}
  TestClient& operator=(TestClient&&) = delete;
  ~TestClient() { close(); }

  bool connected() const { return connected_; }
  int socket() const { return socket_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(size_t(sent));
    }
    return true;
  }
  void half_close() { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  /// Whether the server has closed the connection within that time; what it sent before is dropped.
  bool is_closed_within(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (read_more(deadline)) buffer_.clear();
    return ended_;
  }

  /// Reads until `text` has come. False: it did not.
  bool wait_for(std::string_view text, std::chrono::milliseconds time = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    size_t begin = 0;  // What was searched before is not searched again: streams here have megabytes.
    while (buffer_.find(text, begin) == std::string::npos) {
      begin = buffer_.size() - std::min(buffer_.size(), text.size());
      if (!read_more(deadline)) return false;
    }
    return true;
  }
  const std::string& received() const { return buffer_; }

  /// The next response on this connection.
  ReceivedResponse read_response(bool head_only = false,
                                 std::chrono::milliseconds time = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    ReceivedResponse response;
    size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more(deadline)) return response;
    }
    response.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    if (response.head.size() > 12) response.status = std::atoi(response.head.c_str() + 9);
    if (head_only || response.status == 204 || response.status == 100) {
      response.whole = true;
    } else if (response.head.find("Transfer-Encoding: chunked") != std::string::npos) {
      response.whole = read_chunks(response.body, deadline);
    } else if (const size_t at = response.head.find("Content-Length: "); at != std::string::npos) {
      const size_t size = std::strtoul(response.head.c_str() + at + 16, nullptr, 10);
      response.whole = read_bytes(size, response.body, deadline);
    } else {
      while (read_more(deadline)) {
      }
      response.whole = ended_;
      response.body = std::exchange(buffer_, {});
    }
    return response;
  }

 private:
  struct Taken {
    int socket;
  };
  explicit TestClient(Taken taken) : socket_(taken.socket), connected_(taken.socket >= 0) {}

  using Deadline = std::chrono::steady_clock::time_point;

  bool read_more(Deadline deadline) {
    if (ended_ || socket_ < 0) return false;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wanted = {.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() < 0 || ::poll(&wanted, 1, int(left.count()) + 1) <= 0) return false;
    char bytes[16384];
    const ssize_t count = ::recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(bytes, size_t(count));
    return true;
  }
  bool read_bytes(size_t size, std::string& out, Deadline deadline) {
    while (buffer_.size() < size) {
      if (!read_more(deadline)) return false;
    }
    out += buffer_.substr(0, size);
    buffer_.erase(0, size);
    return true;
  }
  bool read_chunks(std::string& out, Deadline deadline) {
    while (true) {
      size_t end;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!read_more(deadline)) return false;
      }
      const size_t size = std::strtoul(buffer_.c_str(), nullptr, 16);
      buffer_.erase(0, end + 2);
      std::string rest;
      if (!read_bytes(size, out, deadline) || !read_bytes(2, rest, deadline)) return false;
      if (size == 0) return true;
    }
  }

  int socket_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

inline std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace hearth::testing
