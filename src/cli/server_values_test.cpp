#include "cli/server_values.h"

#include <vector>

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

void check(const ValueKind<std::string>& kind, const std::vector<std::string>& good,
           const std::vector<std::string>& bad) {
  for (const std::string& value : good) EXPECT_EQ(kind.parse(value).value_or("none"), value);
  for (const std::string& value : bad) {
    const auto parsed = kind.parse(value);
    ASSERT_FALSE(parsed) << value;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(parsed.error().hint.empty()) << value;
  }
}

TEST(ServerValues, NoneIsTakenThatCouldNeverWork) {
  check(listen_address(), {"127.0.0.1", "::1", "localhost", "0.0.0.0"}, {"", "[::1]"});
  check(host_name(), {"example.org", "Example.org:8080", "fe80::1", "[fe80::1]:1", "10.0.0.1", "my_host"},
        {"", "*", "*.example.org", "https://example.org", "a b", "example.org/x", "[::1"});
  check(web_origin(),
        {"*", "null", "https://example.org", "http://localhost:3000", "chrome-extension://abcdefg",
         "app://obsidian.md", "http://[::1]:3000"},
        {"", "nonsense", "example.org", "https://", "https://example.org/", "https://example.org/a",
         "https://Example.org", "HTTPS://example.org", "https://*.example.org", "://x"});
  check(collector_url(),
        {"http://localhost:4318", "https://example.org/otlp/", "http://user:word@example.org",
         "http://[::1]:4318", ""},
        {"nonsense", "localhost:4318", "ftp://example.org", "file:///tmp/x", "http://", "http://a b",
         "http://x:99999"});
}

TEST(ServerValues, AWordIsNotEmpty) {
  check(word("FILE"), {"a", " "}, {""});
  check(text("TEXT"), {"a", ""}, {});
}

}  // namespace
}  // namespace hearth::cli
