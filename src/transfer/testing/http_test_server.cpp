#include "transfer/testing/http_test_server.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace hearth::transfer {
namespace {

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(size_t(sent));
  }
  return true;
}

bool receive(int fd, std::string& pending) {
  char buffer[65536];
  const ssize_t count = ::recv(fd, buffer, sizeof(buffer), 0);
  if (count <= 0) return false;
  pending.append(buffer, size_t(count));
  return true;
}

ServedRequest parse_head(std::string_view head) {
  ServedRequest request;
  const auto take_line = [&] {
    const size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    return line;
  };
  const std::string_view first = take_line();
  const size_t space = first.find(' '), last = first.rfind(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, last - space - 1);
  while (!head.empty()) {
    const std::string_view line = take_line();
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](char c) { return char(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers[name] = value;
  }
  return request;
}

}  // namespace

HttpTestServer::HttpTestServer(Handler handler, const char* address) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listener_ >= 0);
  sockaddr_in where = {};
  where.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &where.sin_addr);
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0);
  CHECK(::listen(listener_, 64) == 0);
  socklen_t size = sizeof(where);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
  port_ = ntohs(where.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpTestServer::~HttpTestServer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

std::vector<ServedRequest> HttpTestServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

size_t HttpTestServer::num_connections() const {
  const std::scoped_lock lock(mutex_);
  return num_connections_;
}

void HttpTestServer::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::scoped_lock lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      if (stopping_ || fd < 0) return;
    }
    ++num_connections_;
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void HttpTestServer::serve(int fd) {
  // Head and body are two pieces: without this the second waits for the first to be acknowledged.
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  std::string pending;
  while (serve_one(fd, pending)) {
  }
  const std::scoped_lock lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

bool HttpTestServer::serve_one(int fd, std::string& pending) {
  size_t end = 0;
  while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
    // Who begins a TLS handshake is told at once that there is none.
    if (!receive(fd, pending) || pending.starts_with('\x16')) return false;
  }
  ServedRequest request = parse_head(std::string_view(pending).substr(0, end));
  pending.erase(0, end + 4);
  size_t length = 0;
  const std::string text = request.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  while (pending.size() < length) {
    if (!receive(fd, pending)) return false;
  }
  request.body = pending.substr(0, length);
  pending.erase(0, length);
  {
    const std::scoped_lock lock(mutex_);
    seen_.push_back(request);
  }
  return send_answer(fd, request, handler_(request));
}

bool HttpTestServer::send_answer(int fd, const ServedRequest& request, const ServedAnswer& answer) {
  std::string head = fmt::format("HTTP/1.1 {} Answer\r\n", answer.status);
  for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
  const std::string length = answer.length.value_or(std::to_string(answer.body.size()));
  if (!length.empty()) head += "Content-Length: " + length + "\r\n";
  if (!send_all(fd, head + "\r\n")) return false;
  if (request.method == "HEAD") return true;
  if (!answer.send_only) return send_all(fd, answer.body) && !length.empty();
  if (!send_all(fd, std::string_view(answer.body).substr(0, *answer.send_only))) return false;
  if (answer.then == ServedAnswer::Then::kStall) stall(fd);
  if (answer.then == ServedAnswer::Then::kReset) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  return false;
}

void HttpTestServer::stall(int fd) {
  // Until the client gives up, or the server ends.
  pollfd poller{fd, POLLRDHUP, 0};
  ::poll(&poller, 1, -1);
}

ServedAnswer ranged_answer(const ServedRequest& request, const std::string& content,
                           const std::string& etag) {
  ServedAnswer answer;
  answer.headers = {{"Accept-Ranges", "bytes"}, {"ETag", etag}};
  const std::string range = request.header("range");
  const std::string condition = request.header("if-range");
  if (!range.starts_with("bytes=") || (!condition.empty() && condition != etag)) {
    answer.body = content;
    return answer;
  }
  size_t begin = 0, last = content.size() - 1;
  const char* at = range.data() + 6;
  const char* end = range.data() + range.size();
  at = std::from_chars(at, end, begin).ptr;
  if (at != end && ++at != end) std::from_chars(at, end, last);
  if (begin >= content.size()) {
    answer.status = 416;
    answer.headers.emplace_back("Content-Range", fmt::format("bytes */{}", content.size()));
    return answer;
  }
  last = std::min(last, content.size() - 1);
  answer.status = 206;
  answer.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", begin, last, content.size()));
  answer.body = content.substr(begin, last - begin + 1);
  return answer;
}

}  // namespace hearth::transfer
