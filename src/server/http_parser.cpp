#include "server/http_parser.h"

#include <algorithm>

#include "server/asio.h"
// Beast comes after the switches of server/asio.h.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace hearth {
namespace {

namespace http = boost::beast::http;
using ErrorValue = boost::system::error_code;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return result;
}

Refusal refusal_of_parser(const ErrorValue& error) {
  if (error == http::error::header_limit) {
    return {.status = 431, .code = "headers_too_large", .message = "the headers are too large"};
  }
  if (error == http::error::body_limit) {
    return {.status = 413, .code = "body_too_large", .message = "the body is too large"};
  }
  if (error == http::error::bad_version) {
    return {.status = 505, .code = "http_version", .message = "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  return {.status = 400, .code = "bad_http", .message = "this is not HTTP: " + error.message()};
}

std::unexpected<Refusal> bad(std::string message) {
  return std::unexpected(Refusal{.status = 400, .code = "bad_http", .message = std::move(message)});
}

}  // namespace

struct HttpParser::State {
  explicit State(const ServerLimits& server_limits) : limits(server_limits) {
    parser.header_limit(uint32_t(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
    parser.eager(false);
  }

  std::expected<void, Refusal> read_head();

  const ServerLimits& limits;
  http::request_parser<http::string_body> parser;
  HttpHead head;
  bool head_done = false;
};

std::expected<void, Refusal> HttpParser::State::read_head() {
  const auto& message = parser.get();
  head.method = message.method_string();
  head.target = message.target();
  head.minor_version = int(message.version()) % 10;
  head.keep_alive = parser.keep_alive();
  head.chunked = parser.chunked();
  if (const auto length = parser.content_length()) head.content_length = *length;
  if (head.target.size() > limits.target_bytes) {
    return std::unexpected(
        Refusal{.status = 414, .code = "target_too_long", .message = "the request's path is too long"});
  }
  size_t num_hosts = 0, num_encodings = 0, num_lengths = 0;
  for (const auto& field : message) {
    if (head.headers.size() == limits.num_headers) {
      return std::unexpected(
          Refusal{.status = 431, .code = "headers_too_large", .message = "there are too many headers"});
    }
    head.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    const auto& [name, value] = head.headers.back();
    num_hosts += name == "host";
    num_lengths += name == "content-length";
    if (name == "transfer-encoding") {
      ++num_encodings;
      if (lower(value) != "chunked") return bad("the only transfer encoding is chunked");
    }
    if (name == "expect") {
      if (lower(value) != "100-continue") {
        return std::unexpected(
            Refusal{.status = 417, .code = "expectation", .message = "the expectation is not known"});
      }
      head.expects_continue = head.minor_version >= 1;
    }
  }
  if (num_hosts > 1) return bad("there is more than one Host header");
  if (num_hosts == 0 && head.minor_version >= 1) return bad("the Host header is missing");
  if (num_lengths > 1) return bad("there is more than one Content-Length header");
  if (num_encodings > 0 && (num_lengths > 0 || head.minor_version == 0)) {
    return bad("the length of the body is not clear");
  }
  return {};
}

std::optional<std::string_view> HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

HttpParser::HttpParser(const ServerLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpParser::~HttpParser() = default;

std::expected<size_t, Refusal> HttpParser::feed(std::string_view bytes) {
  size_t num_used = 0;
  while (!done()) {
    ErrorValue error;
    const std::string_view rest = bytes.substr(num_used);
    const size_t used = state_->parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    num_used += used;
    if (error == http::error::need_more) {
      // Only a chunk's own header can grow without being used up.
      if (rest.size() - used > 2 * state_->limits.header_bytes) return bad("a chunk's header is too long");
      break;
    }
    if (error) return std::unexpected(refusal_of_parser(error));
    if (!state_->head_done && state_->parser.is_header_done()) {
      const std::string_view lines = rest.substr(0, used);
      if (lines.find("\n ") != lines.npos || lines.find("\n\t") != lines.npos)
        return bad("a header is folded");
      if (const auto head = state_->read_head(); !head) return std::unexpected(head.error());
      state_->head_done = true;
      break;
    }
    if (used == 0) break;
  }
  return num_used;
}

bool HttpParser::head_done() const { return state_->head_done; }
bool HttpParser::done() const { return state_->head_done && state_->parser.is_done(); }
const HttpHead& HttpParser::head() const { return state_->head; }
size_t HttpParser::body_size() const { return state_->parser.get().body().size(); }
std::string HttpParser::take_body() { return std::move(state_->parser.get().body()); }

}  // namespace hearth
