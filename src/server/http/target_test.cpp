#include "server/http/target.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

TEST(Target, SplitsPathAndQuery) {
  const auto target = parse_target("/v1/models/a%2Fb?x=1&y=a+b%21&x=2&&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/models/a/b");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "models", "a/b"}));
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"x", "1"}, {"y", "a b!"}, {"z", ""}}));
}

TEST(Target, KnowsTheAbsoluteForm) {
  const auto target = parse_target("http://localhost:80/health");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority, "localhost:80");
  EXPECT_EQ(target->path, "/health");
  EXPECT_FALSE(parse_target("http://"));
  EXPECT_FALSE(parse_target("http://host"));
  EXPECT_FALSE(parse_target("ftp://host/x"));
}

TEST(Target, RefusesWhatCouldMeanAnotherPath) {
  for (const char* text : {"", "health", "/a/../b", "/%2e%2E/b", "/.", "/a/.", "/%", "/%1", "/%g0", "/%00",
                           "/a%0a", "/a%7f", "/a\x01", "/?x=%", "/?%zz=1"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
  // Kept apart, never normalised.
  EXPECT_EQ(parse_target("//a/")->segments, (std::vector<std::string>{"", "a", ""}));
}

TEST(Target, BoundsTheQuery) {
  std::string text = "/?";
  for (int i = 0; i < 65; ++i) text += "a" + std::to_string(i) + "=1&";
  EXPECT_FALSE(parse_target(text));
}

}  // namespace
}  // namespace hearth::server
