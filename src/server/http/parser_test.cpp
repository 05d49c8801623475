#include "server/http/parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

struct Verdict {
  int status = 0;  ///< 200: a whole request; 0: more is wanted
  std::string target, body;
  size_t num_left = 0;  ///< bytes behind the request

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// What the parser makes of bytes that come in these pieces.
Verdict parse(const std::vector<std::string_view>& pieces) {
  const ServerLimits limits{.header_bytes = 2000, .body_bytes = 1000};
  HttpParser parser(limits);
  std::string in;
  for (const std::string_view piece : pieces) {
    in += piece;
    for (int round = 0; round < 2 && !parser.done(); ++round) {
      const auto used = parser.feed(in);
      if (!used) return {.status = used.error().status, .target = "", .body = ""};
      in.erase(0, *used);
    }
  }
  if (!parser.done()) return {};
  return {.status = 200, .target = parser.head().target, .body = parser.take_body(), .num_left = in.size()};
}

/// The verdict, which must be the same in whatever pieces the bytes come.
Verdict verdict(const std::string& bytes) {
  const std::string_view all = bytes;
  const Verdict whole = parse({all});
  for (size_t at = 1; at < all.size(); ++at) {
    EXPECT_EQ(parse({all.substr(0, at), all.substr(at)}), whole) << "split at " << at << " of " << bytes;
  }
  std::vector<std::string_view> single;
  for (size_t at = 0; at < all.size(); ++at) single.push_back(all.substr(at, 1));
  EXPECT_EQ(parse(single), whole) << "byte by byte: " << bytes;
  return whole;
}

constexpr std::string_view kNext = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string with_headers(const std::string& headers) {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n0\r\n\r\n" + std::string(kNext);
}
std::string with_chunks(const std::string& chunks) {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

TEST(HttpParser, TakesGoodRequestsInAnyPieces) {
  const std::string next(kNext);
  EXPECT_EQ(verdict(next), (Verdict{200, "/health", "", 0}));
  EXPECT_EQ(verdict("GET / HTTP/1.0\r\n\r\n"), (Verdict{200, "/", "", 0}));
  EXPECT_EQ(verdict("POST /x?y=1 HTTP/1.1\r\nHost:localhost\r\nX:\t a\t \r\nContent-Length: 4\r\n\r\n{\r\n}" +
                    next),
            (Verdict{200, "/x?y=1", "{\r\n}", next.size()}));
  EXPECT_EQ(verdict("POST /x HTTP/1.1\r\nhOsT: localhost\r\nCONTENT-LENGTH: 0\r\n\r\n"),
            (Verdict{200, "/x", "", 0}));
  EXPECT_EQ(
      verdict(with_chunks(
          "3\r\nabc\r\n0002;x=y\r\nde\r\nA;q=\"a b\"\r\n0123456789\r\n0;last\r\nX: y\r\nZ:\r\n\r\n" + next)),
      (Verdict{200, "/x", "abcde0123456789", next.size()}));
  EXPECT_EQ(verdict(with_chunks("0\r\n\r\n")), (Verdict{200, "/x", "", 0}));
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string("\xc3\xa9\xff", 3) + "\r\n\r\n")
                .status,
            200);
}

TEST(HttpParser, WaitsForTheRest) {
  for (const std::string bytes : {"G", "GET / HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\n",
                                  "GET / HTTP/1.1\r\nHost: localhost\r\n\r"}) {
    EXPECT_EQ(verdict(bytes).status, 0) << bytes;
  }
  for (const std::string chunks :
       {"", "3", "3\r", "3\r\n", "3\r\nab", "3\r\nabc\r\n", "0\r\n", "0\r\nX: y\r\n", "0\r\n\r"}) {
    EXPECT_EQ(verdict(with_chunks(chunks)).status, 0) << chunks;
  }
}

TEST(HttpParser, HostileHeadsAreRefusedInAnyPieces) {
  for (const std::string& headers :
       std::vector<std::string>{"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                "Content-Length: 5\r\nContent-Length: 6\r\n",
                                "Content-Length: 5\r\nContent-Length: 5\r\n",
                                "Content-Length: 5, 6\r\n",
                                "Content-Length: 5, 5\r\n",
                                "Content-Length: +5\r\n",
                                "Content-Length: 0x5\r\n",
                                "Content-Length: -1\r\n",
                                "Content-Length: 5 6\r\n",
                                "Content-Length:\r\n",
                                "Content-Length: 99999999999999999999999\r\n",
                                "Content-Length : 5\r\n",
                                "Content-Length\t: 5\r\n",
                                "Content-Length\r\n: 5\r\n",
                                "Transfer-Encoding: identity\r\n",
                                "Transfer-Encoding: gzip, chunked\r\n",
                                "Transfer-Encoding: chunked, chunked\r\n",
                                "Transfer-Encoding: xchunked\r\n",
                                "Transfer-Encoding: \"chunked\"\r\n",
                                "Transfer-Encoding: chunked;q=1\r\n",
                                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                                "Transfer-Encoding : chunked\r\n",
                                "Transfer-Encoding:\r\n chunked\r\n",
                                "Transfer-Encoding: chunked\r\n \r\n",
                                "X: a\r\n Content-Length: 5\r\n",
                                "X: a\r\n\tContent-Length: 5\r\n",
                                "X: a\r\n \r\nContent-Length: 5\r\n",
                                " Content-Length: 5\r\n",
                                "\tX: a\r\n",
                                "Host: localhost\r\n",
                                "Host: other\r\n",
                                "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
                                "Bad Name: x\r\n",
                                ": x\r\n",
                                "no colon\r\n",
                                "X: a\nContent-Length: 5\r\n",
                                "X: a\n\nGET /evil HTTP/1.1\r\n",
                                "X: a\rContent-Length: 5\r\n",
                                "X: a\r\r\n",
                                "X: a\r\rContent-Length: 5\r\n",
                                "X\r: a\r\n",
                                std::string("X: a\0b\r\n", 8),
                                std::string("X\0: a\r\n", 7),
                                "X: a\x01\r\n",
                                "X: a\x7f\r\n",
                                "X: a\x0b\r\n",
                                "X: a\x1b[31m\r\n"}) {
    EXPECT_EQ(verdict(with_headers(headers)).status, 400) << headers;
  }
}

TEST(HttpParser, HostileFirstLinesAreRefusedInAnyPieces) {
  const std::string rest = "\r\nHost: localhost\r\n\r\n";
  for (const std::string& line : std::vector<std::string>{"",
                                                          " GET / HTTP/1.1",
                                                          "\tGET / HTTP/1.1",
                                                          "GET  / HTTP/1.1",
                                                          "GET /  HTTP/1.1",
                                                          "GET\t/ HTTP/1.1",
                                                          "GET /a b HTTP/1.1",
                                                          "GET / HTTP/1.1 ",
                                                          "GET /\r HTTP/1.1",
                                                          "GET / HTTP/1.1\r",
                                                          "GET /\n HTTP/1.1",
                                                          "GET / HTTP/1.1\nX: y",
                                                          "GET /",
                                                          "GET",
                                                          "G@T / HTTP/1.1",
                                                          "GET / http/1.1",
                                                          "GET / HTTP/1",
                                                          std::string("GET /\0 HTTP/1.1", 15),
                                                          "GET /\x7f HTTP/1.1",
                                                          "\x16\x03\x01\x02\x01",
                                                          "SSH-2.0-x"}) {
    const int status = verdict(line + rest).status;
    EXPECT_TRUE(status == 400 || status == 505) << line << " " << status;
  }
  for (const char* version : {"HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/1.2"}) {
    EXPECT_EQ(verdict(std::string("GET / ") + version + rest).status, 505) << version;
  }
}

TEST(HttpParser, HostileChunksAreRefusedInAnyPieces) {
  const std::string next(kNext);
  for (const std::string& chunks :
       std::vector<std::string>{"x\r\n",
                                "-1\r\n",
                                "+1\r\na\r\n",
                                " 1\r\na\r\n",
                                "0x1\r\na\r\n",
                                "1 \r\na\r\n",
                                "\r\n",
                                ";x\r\n",
                                "11111111111111111\r\n",
                                "00000000000000001\r\na\r\n",
                                "3\nabc\r\n0\r\n\r\n",
                                "3\rabc\r\n0\r\n\r\n",
                                "3\r\nabcd\r\n0\r\n\r\n",
                                "3\r\nabc0\r\n\r\n",
                                "3\r\nabcXY0\r\n\r\n",
                                "3\r\nabc\n0\r\n\r\n",
                                "3\r\nabc\r0\r\n\r\n",
                                "3\r\nab\r\n0\r\n\r\n",
                                "1;a\nb\r\na\r\n0\r\n\r\n",
                                "1;a\rb\r\na\r\n0\r\n\r\n",
                                std::string("1;a\0b\r\na\r\n0\r\n\r\n", 15),
                                "1\r\na\r\n0\n\r\n",
                                "1\r\na\r\n0\r\n\n" + next,
                                "0\r\n X: y\r\n\r\n",
                                "0\r\nX: y\r\n Z: y\r\n\r\n",
                                "0\r\nX: y\n\r\n",
                                "0\r\nX: y\n\n" + next,
                                "0\r\nX: y\r\r\n\r\n",
                                "0\r\n\r" + next,
                                "0;" + std::string(3000, 'x') + "\r\n\r\n",
                                "0\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"}) {
    EXPECT_EQ(verdict(with_chunks(chunks)).status, 400) << chunks;
  }
}

TEST(HttpParser, LimitsHoldInAnyPieces) {
  EXPECT_EQ(verdict(std::string(2001, 'G')).status, 431);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(2000, 'x') + "\r\n\r\n").status,
            431);
  EXPECT_EQ(verdict("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n").status, 413);
  EXPECT_EQ(verdict(with_chunks("3e9\r\n")).status, 413);
  EXPECT_EQ(verdict(with_chunks("3e0\r\n" + std::string(992, ' ') + "\r\n9\r\n")).status, 413);
  EXPECT_EQ(verdict(with_chunks("3e8\r\n" + std::string(1000, ' ') + "\r\n0\r\n\r\n")).body.size(), 1000u);
}

}  // namespace
}  // namespace hearth::server
