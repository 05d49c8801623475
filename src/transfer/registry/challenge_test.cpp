#include "transfer/registry/challenge.h"

#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

using Challenges = std::vector<Challenge>;

TEST(Challenge, IsReadAsServersWriteIt) {
  EXPECT_EQ(
      parse_challenges(R"(Bearer realm="https://a/token?x=1,2",service="b", scope="repository:c:pull,push")"),
      (Challenges{
          {"bearer",
           {{"realm", "https://a/token?x=1,2"}, {"service", "b"}, {"scope", "repository:c:pull,push"}}}}));
  EXPECT_EQ(parse_challenges("BEARER Realm=https"), (Challenges{{"bearer", {{"realm", "https"}}}}));
  EXPECT_EQ(parse_challenges(R"(Basic realm="a \"b\"", Bearer realm=c , service = d)"),
            (Challenges{{"basic", {{"realm", "a \"b\""}}}, {"bearer", {{"realm", "c"}, {"service", "d"}}}}));
  EXPECT_EQ(parse_challenges("Negotiate, Basic realm=x"),
            (Challenges{{"negotiate", {}}, {"basic", {{"realm", "x"}}}}));
  EXPECT_EQ(parse_challenges("Negotiate"), (Challenges{{"negotiate", {}}}));
}

TEST(Challenge, WhatIsNoneIsLeftOut) {
  EXPECT_EQ(parse_challenges(""), Challenges());
  EXPECT_EQ(parse_challenges(",, ,"), Challenges());
  EXPECT_EQ(parse_challenges("realm=x"), Challenges()) << "no scheme";
  EXPECT_EQ(parse_challenges("\"quoted\""), Challenges());
  EXPECT_EQ(parse_challenges(R"(Bearer realm="open)"), (Challenges{{"bearer", {{"realm", ""}}}}));
  EXPECT_EQ(parse_challenges(R"(Bearer realm="\)"), (Challenges{{"bearer", {{"realm", ""}}}}));
  std::string many = "Bearer ";
  for (int i = 0; i < 1000; ++i) many += "k" + std::to_string(i) + "=v,";
  EXPECT_LE(parse_challenges(many)[0].values.size(), 32u);
  EXPECT_LE(parse_challenges(std::string(1 << 20, 'a') + "," + std::string(1 << 20, 'b')).size(), 1u);
}

}  // namespace
}  // namespace hearth::transfer
