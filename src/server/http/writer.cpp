#include "server/http/writer.h"

#include <ctime>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hearth::server {
namespace {

/// Header values that come from elsewhere must not end the line.
void append_header(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  for (const char c : value) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  text += "\r\n";
}

std::string write_head(int status, const HeaderList& more, bool keep_alive) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  fmt::format_to(std::back_inserter(text), "Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                 fmt::gmtime(std::time(nullptr)));
  append_header(text, "Connection", keep_alive ? "keep-alive" : "close");
  append_header(text, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : more) append_header(text, name, value);
  return text;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 400 ? "OK" : status < 500 ? "Client Error" : "Server Error";
  }
}

std::string write_response(const HttpResponse& response, const HeaderList& more, bool keep_alive,
                           bool head_only) {
  std::string text = write_head(response.status, more, keep_alive);
  for (const auto& [name, value] : response.headers) append_header(text, name, value);
  if (response.content_type.starts_with("text/html")) {
    append_header(text, "Content-Security-Policy",
                  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  }
  if (response.status != 204) {
    append_header(text, "Content-Type", response.content_type);
    append_header(text, "Content-Length", fmt::format("{}", response.body.size()));
  }
  text += "\r\n";
  if (!head_only && response.status != 204) text += response.body;
  return text;
}

std::string write_stream_head(std::string_view content_type, const HeaderList& more, bool keep_alive,
                              bool chunked) {
  std::string text = write_head(200, more, keep_alive);
  append_header(text, "Content-Type", content_type);
  append_header(text, "Cache-Control", "no-store");
  // Proxies that gather bytes would hold tokens back.
  append_header(text, "X-Accel-Buffering", "no");
  if (chunked) append_header(text, "Transfer-Encoding", "chunked");
  text += "\r\n";
  return text;
}

std::string write_chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace hearth::server
