#include "api/call/json.h"

#include <gtest/gtest.h>

namespace hearth::api {
namespace {

std::string repeated(std::string_view part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(Json, ReadsAndKeepsTheOrderOfMembers) {
  const auto json = parse_json(R"({"b": [1, "},{\"", {}], "a": null})");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(dump_json(*json), R"({"b":[1,"},{\"",{}],"a":null})");
}

TEST(Json, WritesFloatsShortest) {
  for (const auto& [value, text] :
       {std::pair(0.7f, "0.7"), {1.0f, "1.0"}, {-0.3f, "-0.3"}, {1e-6f, "1e-06"}}) {
    EXPECT_EQ(dump_json(float_json(value)), text);
  }
}

TEST(Json, NamesTheByteWhereTextBreaks) {
  const auto json = parse_json("{\"a\": 1,}");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(json.error().message.find("byte 9"), std::string::npos) << json.error().message;
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const std::string_view text :
       {"", "{", "nul", "\"\\", "\"", "[1", "{\"a\"}", "1e999", "\"\xff\"", "\\"}) {
    EXPECT_FALSE(parse_json(text).has_value()) << text;
  }
}

TEST(Json, BoundsDepthSizeAndCounts) {
  EXPECT_TRUE(parse_json(repeated("[", 128) + repeated("]", 128)).has_value());
  for (const std::string& text : {
           repeated("[", 129) + repeated("]", 129),
           repeated("[", 1'000'000),
           "{" + repeated("\"a\":1,", 3000) + "\"b\":2}",
           "[" + repeated("{\"a\":1,\"b\":2},", 140'000) + "1]",
           "[" + repeated("1,", 2'200'000) + "1]",
       }) {
    const auto json = parse_json(text);
    ASSERT_FALSE(json.has_value()) << text.substr(0, 40);
    EXPECT_EQ(json.error().code, ErrorCode::kResourceLimit);
  }
  EXPECT_FALSE(parse_json("[1, 2]", {.max_bytes = 5}).has_value());
}

TEST(Json, WritesBrokenTextAsReplacementCharacters) {
  EXPECT_EQ(dump_json(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace hearth::api
