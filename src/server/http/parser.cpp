#include "server/http/parser.h"

#include <algorithm>

#include "server/http/asio.h"
#include "server/http/scanner.h"
// Beast comes after the switches of server/asio.h.
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace hearth::server {
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

api::ApiError refusal_of_parser(const ErrorValue& error) {
  if (error == http::error::header_limit) {
    return {.status = 431, .code = "headers_too_large", .message = "the headers are too large"};
  }
  if (error == http::error::body_limit) {
    return {.status = 413, .code = "body_too_large", .message = "the body is too large"};
  }
  if (error == http::error::bad_version) {
    return {.status = 505, .code = "http_version", .message = "only HTTP/1.0 and HTTP/1.1 are supported"};
  }
  return {.status = 400, .code = "bad_http", .message = "this is not HTTP: " + error.message()};
}

std::unexpected<api::ApiError> bad(std::string message) {
  return std::unexpected(api::ApiError{.status = 400, .code = "bad_http", .message = std::move(message)});
}

HttpHead sketch_head(std::string_view text) {
  HttpHead head;
  const auto next_line = [&text] {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line.substr(0, line.find_last_not_of('\r') + 1);
  };
  std::string_view line = next_line();
  const size_t method_end = std::min(line.find(' '), line.size());
  head.method = line.substr(0, method_end);
  line.remove_prefix(std::min(method_end + 1, line.size()));
  head.target = line.substr(0, line.find(' '));
  while (!text.empty()) {
    line = next_line();
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon != line.npos) head.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 1));
  }
  return head;
}

}  // namespace

struct HttpParser::State {
  explicit State(const ServerLimits& server_limits)
      : limits(server_limits),
        head_scanner(limits.header_bytes),
        chunk_scanner(limits.body_bytes, limits.header_bytes) {}

  std::expected<size_t, api::ApiError> feed_head(std::string_view bytes);
  std::expected<size_t, api::ApiError> feed_body(std::string_view bytes);
  std::expected<void, api::ApiError> parse_head();
  std::expected<void, api::ApiError> read_head();

  const ServerLimits& limits;
  HeadScanner head_scanner;
  ChunkScanner chunk_scanner;
  std::string text;  ///< of the head, until it is whole and right
  http::request_parser<http::empty_body> parser;
  HttpHead head;
  std::string body;
  bool head_done = false, done = false;
};

std::expected<size_t, api::ApiError> HttpParser::State::feed_head(std::string_view bytes) {
  size_t num_used = 0;
  const Scan scan = head_scanner.scan(bytes, num_used);
  const bool fine = scan == Scan::kMore || scan == Scan::kDone;
  text += bytes.substr(0, fine ? num_used : limits.header_bytes);
  if (scan == Scan::kTooLarge) return std::unexpected(refusal_of_parser(http::error::header_limit));
  if (scan == Scan::kBad) return bad(std::string("this is not HTTP: ") += head_scanner.reason());
  if (scan == Scan::kMore) return num_used;
  if (const auto parsed = parse_head(); !parsed) return std::unexpected(parsed.error());
  text = {};
  head_done = true;
  done = !head.has_body();
  return num_used;
}

/// Beast sees the whole head at once.
std::expected<void, api::ApiError> HttpParser::State::parse_head() {
  parser.header_limit(uint32_t(limits.header_bytes + 4));
  parser.body_limit(limits.body_bytes);
  parser.eager(false);
  std::string_view rest = text;
  while (!parser.is_header_done()) {
    ErrorValue error;
    const size_t num_used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(num_used);
    if (!error && num_used == 0) error = http::error::partial_message;
    if (error) return std::unexpected(refusal_of_parser(error));
  }
  if (!rest.empty()) return bad("this is not HTTP: the head has two ends");
  return read_head();
}

std::expected<size_t, api::ApiError> HttpParser::State::feed_body(std::string_view bytes) {
  if (!head.chunked) {
    const size_t size = size_t(std::min<uint64_t>(*head.content_length - body.size(), bytes.size()));
    body += bytes.substr(0, size);
    done = body.size() == *head.content_length;
    return size;
  }
  size_t num_used = 0;
  const Scan scan = chunk_scanner.scan(bytes, num_used, body);
  if (scan == Scan::kTooLarge) return std::unexpected(refusal_of_parser(http::error::body_limit));
  if (scan == Scan::kBad) return bad(std::string("this is not HTTP: ") += chunk_scanner.reason());
  done = scan == Scan::kDone;
  return num_used;
}

std::expected<void, api::ApiError> HttpParser::State::read_head() {
  const auto& message = parser.get();
  head.method = message.method_string();
  head.target = message.target();
  head.minor_version = int(message.version()) % 10;
  head.keep_alive = parser.keep_alive();
  head.chunked = parser.chunked();
  if (const auto length = parser.content_length()) head.content_length = *length;
  if (head.target.size() > limits.target_bytes) {
    return std::unexpected(
        api::ApiError{.status = 414, .code = "target_too_long", .message = "the request's path is too long"});
  }
  size_t num_hosts = 0, num_encodings = 0, num_lengths = 0;
  for (const auto& field : message) {
    if (head.headers.size() == limits.num_headers) {
      return std::unexpected(
          api::ApiError{.status = 431, .code = "headers_too_large", .message = "there are too many headers"});
    }
    head.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    const auto& [name, value] = head.headers.back();
    num_hosts += name == "host";
    // Which of two keys is meant, nobody can say.
    if (name == "authorization" && *head.header(name) != value) {
      return bad("there are two Authorization headers, and they differ");
    }
    if (name == "content-length") {
      ++num_lengths;
      // Beast takes a list of equal ones for one.
      if (value.find_first_not_of("0123456789") != value.npos) return bad("Content-Length is not a number");
    }
    if (name == "transfer-encoding") {
      ++num_encodings;
      if (lower(value) != "chunked") return bad("chunked is the only transfer encoding supported");
    }
    if (name == "expect") {
      if (lower(value) != "100-continue") {
        return std::unexpected(api::ApiError{
            .status = 417, .code = "expectation", .message = "the expectation is not supported"});
      }
      head.expects_continue = head.minor_version >= 1;
    }
  }
  if (num_hosts > 1) return bad("there is more than one Host header");
  if (num_hosts == 0 && head.minor_version >= 1) return bad("the Host header is missing");
  if (num_lengths > 1) return bad("there is more than one Content-Length header");
  if (num_encodings > 0 && (num_lengths > 0 || head.minor_version == 0)) {
    return bad("the length of the body is ambiguous");
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

std::expected<size_t, api::ApiError> HttpParser::feed(std::string_view bytes) {
  if (!state_->head_done) return state_->feed_head(bytes);
  return state_->done ? 0 : state_->feed_body(bytes);
}

bool HttpParser::head_done() const { return state_->head_done; }
bool HttpParser::done() const { return state_->done; }
const HttpHead& HttpParser::head() const { return state_->head; }
HttpHead HttpParser::sketch() const { return state_->head_done ? state_->head : sketch_head(state_->text); }
size_t HttpParser::body_size() const { return state_->body.size(); }
std::string HttpParser::take_body() { return std::move(state_->body); }

}  // namespace hearth::server
