#include "grammar/schema/json_document.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/schema/json_text.h"

namespace hearth::grammar {
namespace {

using testing::HasSubstr;

struct Read {
  JsonDocument document;
  JsonId root = 0;
};

Read read(std::string text) {
  Read read;
  const auto root = read.document.add(std::move(text), Limits());
  EXPECT_TRUE(root.has_value()) << root.error().message;
  read.root = root.value_or(0);
  return read;
}

Error error_of(const std::string& text, const Limits& limits = {}) {
  JsonDocument document;
  const auto root = document.add(text, limits);
  EXPECT_FALSE(root.has_value()) << text.substr(0, 100);
  return root ? Error() : root.error();
}

TEST(JsonDocument, KeepsNumbersAsWritten) {
  const Read all = read("[1e400, 0.10, -0, 123456789012345678901234567890, 1E+2]");
  std::vector<std::string_view> texts;
  for (const JsonId item : all.document.items(all.root)) texts.push_back(all.document.text(item));
  EXPECT_THAT(texts, testing::ElementsAre("1e400", "0.10", "-0", "123456789012345678901234567890", "1E+2"));
}

TEST(JsonDocument, ReadsStrings) {
  const Read all = read(R"(["plain", "\"\\\/\b\f\n\r\t", "\u00e9\ud83d\ude00", ""])");
  std::vector<std::string_view> texts;
  for (const JsonId item : all.document.items(all.root)) texts.push_back(all.document.text(item));
  EXPECT_THAT(texts, testing::ElementsAre("plain", "\"\\/\b\f\n\r\t", "\xc3\xa9\xf0\x9f\x98\x80", ""));
}

TEST(JsonDocument, FindsMembersAndNamesPlaces) {
  std::string text = R"({"a~/b": [0, {"c": true}])";
  for (int i = 0; i < 40; ++i) text += ", \"k" + std::to_string(i) + "\": " + std::to_string(i);
  const Read all = read(text + "}");
  const auto value = all.document.find(all.root, "k39");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(all.document.text(*value), "39");
  EXPECT_FALSE(all.document.find(all.root, "k40"));
  const auto deep = all.document.child(*all.document.child(*all.document.child(all.root, "a~/b"), "1"), "c");
  ASSERT_TRUE(deep.has_value());
  EXPECT_TRUE(all.document.is(*deep, JsonKind::kTrue));
  EXPECT_EQ(all.document.pointer(*deep), "/a~0~1b/1/c");
  EXPECT_EQ(all.document.source(*all.document.find(all.root, "a~/b")), R"([0, {"c": true}])");
  EXPECT_FALSE(all.document.child(*all.document.find(all.root, "a~/b"), "01"));
  EXPECT_FALSE(all.document.child(*all.document.find(all.root, "a~/b"), "2"));
}

TEST(JsonDocument, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "[",
                                      "[1",
                                      "[1,]",
                                      "{",
                                      R"({"a")",
                                      R"({"a":})",
                                      R"({"a":1,})",
                                      "{a:1}",
                                      "01",
                                      "1.",
                                      ".5",
                                      "+1",
                                      "-",
                                      "1e",
                                      "nul",
                                      "tru",
                                      "\"",
                                      "\"\\",
                                      "\"\\x\"",
                                      R"("\u12")",
                                      R"("\ud800")",
                                      R"("\ud800\u0041")",
                                      R"("\udc00")",
                                      "\"\n\"",
                                      "\"\xff\"",
                                      "\"\xed\xa0\x80\"",
                                      "1 2",
                                      "[1]x",
                                      "NaN",
                                      "'a'",
                                      R"({"a": 1, "a": 2})",
                                      "\xef\xbb\xbf{}"}) {
    const Error error = error_of(std::string(text));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << text;
    EXPECT_THAT(error.message, HasSubstr("at byte ")) << text;
  }
  EXPECT_THAT(error_of(R"({"ab": 1, "x": {"ab": 1, "ab": 2}})").message, HasSubstr("\"ab\" comes twice"));
}

TEST(JsonDocument, HasLimits) {
  EXPECT_EQ(error_of(std::string(100'000, '[')).code, ErrorCode::kResourceLimit);
  EXPECT_EQ(error_of("[1, 2, 3]", {.max_source_size = 8}).code, ErrorCode::kResourceLimit);
  EXPECT_EQ(error_of("[1, 2, 3]", {.max_nodes = 3}).code, ErrorCode::kResourceLimit);
}

TEST(JsonDocument, ShortensPointers) {
  std::string text = "1";
  for (int i = 0; i < 20; ++i) text = "{\"" + std::string(100, char('a' + i)) + "\": " + text + "}";
  const Read all = read(text);
  JsonId at = all.root;
  while (all.document.is(at, JsonKind::kObject)) at = all.document.members(at)[0].value;
  const std::string pointer = all.document.pointer(at);
  EXPECT_LT(pointer.size(), 600u);
  EXPECT_THAT(pointer, HasSubstr("/..."));
  EXPECT_TRUE(pointer.ends_with(std::string(100, 'a')));
}

TEST(JsonText, IsWhatPythonWrites) {
  const Read all = read(
      "[null,true,  "
      "false,1.50,1e3,-2.5E-2,1e999,\"a\\u00e9\\n\\\"\xf0\x9f\x98\x80\",{},[],{\"k\":[1],\"l\":2}]");
  EXPECT_EQ(
      json_text(all.document, all.root),
      R"([null, true, false, 1.50, 1000, -0.025, 1e999, "a\u00e9\n\"\ud83d\ude00", {}, [], {"k": [1], "l": 2}])");
}

}  // namespace
}  // namespace hearth::grammar
