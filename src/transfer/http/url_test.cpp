#include "transfer/http/url.h"

#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

TEST(Url, IsTakenApart) {
  const Url url = *Url::parse("https://Example.COM:8443/a/b?x=1#part");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b?x=1");
  EXPECT_EQ(url.text(), "https://example.com:8443/a/b?x=1");
  EXPECT_EQ(url.shown(), "https://example.com:8443/a/b");
  EXPECT_EQ(Url::parse("http://h")->text(), "http://h/");
  EXPECT_EQ(Url::parse("http://h:80/")->authority(), "h");
  EXPECT_EQ(Url::parse("https://h:80/")->authority(), "h:80");
}

TEST(Url, NumbersAreWrittenInOneWay) {
  for (const char* text : {"http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/", "http://127.1/",
                           "http://127.0.0.%31/"}) {
    const auto url = Url::parse(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->host, "127.0.0.1") << text;
  }
  EXPECT_EQ(Url::parse("http://[::FFFF:7f00:1]:81/")->authority(), "[::ffff:7f00:1]:81");
}

TEST(Url, WhatReadersDisagreeOnIsRefused) {
  for (const char* text : {"",
                           "ftp://h/",
                           "file:///etc/passwd",
                           "gopher://h/",
                           "http://user@h/",
                           "http://user:word@h/",
                           "http://@h/",
                           "http://h\\@other/",
                           "http://h /",
                           "http://h/\r\nX: y",
                           "http://h/\x01",
                           "http://h:0/",
                           "http://h:99999/",
                           "http://[::1%25eth0]/",
                           "http:///path",
                           "http:/h/",
                           "http:h",
                           "http://exa\xc3\xa4mple/",
                           "http://a,b/",
                           "http://[::1/",
                           "//h/",
                           "/only/a/path",
                           "javascript:alert(1)",
                           "http://h%00.evil/",
                           "http://h%2fevil/"}) {
    const auto url = Url::parse(text);
    EXPECT_FALSE(url) << text << " is " << url->text();
    if (!url) EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(Url::parse("http://h/" + std::string(9000, 'x')));
}

TEST(Url, ReferencesAreResolved) {
  const Url base = *Url::parse("https://h:1/a/b?c");
  EXPECT_EQ(base.resolve("d")->text(), "https://h:1/a/d");
  EXPECT_EQ(base.resolve("/d?e")->text(), "https://h:1/d?e");
  EXPECT_EQ(base.resolve("//other/x")->text(), "https://other/x");
  EXPECT_EQ(base.resolve("http://other/x")->text(), "http://other/x");
  EXPECT_FALSE(base.resolve("http://u@other/x"));
  EXPECT_FALSE(base.resolve("file:///x"));
}

TEST(Url, PartsAreEncoded) {
  EXPECT_EQ(percent_encoded("a b/c?d&\xc3\xa4-._~"), "a%20b%2Fc%3Fd%26%C3%A4-._~");
  EXPECT_EQ(percent_encoded("a/b:c", "/"), "a/b%3Ac");
}

}  // namespace
}  // namespace hearth::transfer
