#include "formats/huggingface/shards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"

namespace hearth {
namespace {

using testing::HasSubstr;

std::string file_with(std::string_view tensor) {
  return SafetensorsBuilder().add(tensor, "F32", "[1]", "1234").build();
}

class ShardsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("one.safetensors", file_with("a"));
    folder_.write("two.safetensors", file_with("b"));
  }
  Result<Shards> open_with(std::string_view weight_map) {
    folder_.write("model.safetensors.index.json",
                  fmt::format(R"({{"metadata":{{}},"weight_map":{}}})", weight_map));
    return open_shards(folder_.path());
  }
  void expect_error(const Result<Shards>& shards, ErrorCode code, const std::string& message) {
    ASSERT_FALSE(shards.has_value()) << message;
    EXPECT_EQ(shards.error().code, code) << shards.error().message;
    EXPECT_THAT(shards.error().message, HasSubstr(message));
    EXPECT_FALSE(shards.error().hint.empty());
  }

  ModelFolder folder_{"shards"};
};

TEST_F(ShardsTest, OpensAllThatTheIndexNames) {
  const Result<Shards> shards = open_with(R"({"b":"two.safetensors","a":"one.safetensors"})");
  ASSERT_TRUE(shards.has_value()) << shards.error().message;
  ASSERT_EQ(shards->files.size(), 2u);
  EXPECT_NE(shards->files[0].find("a"), nullptr);
  EXPECT_NE(shards->files[1].find("b"), nullptr);
  EXPECT_TRUE(shards->index.has_value());
}

TEST_F(ShardsTest, TakesOneFileWhole) {
  EXPECT_FALSE(open_with("7").has_value());
  folder_.write("model.safetensors", file_with("c"));
  const Result<Shards> shards = open_shards(folder_.path());
  ASSERT_TRUE(shards.has_value()) << shards.error().message;
  EXPECT_EQ(shards->files.size(), 1u);
  EXPECT_FALSE(shards->index.has_value());
}

TEST_F(ShardsTest, NamesWhatTheIndexIsWrongAbout) {
  constexpr auto kCorrupt = ErrorCode::kCorruptData;
  expect_error(open_with("7"), kCorrupt, "has no weight_map");
  expect_error(open_with("{}"), kCorrupt, "has no weight_map");
  expect_error(open_with(R"({"a":)"), kCorrupt, "no valid JSON");
  expect_error(open_with(R"({"a":"two.safetensors","b":"two.safetensors"})"), kCorrupt,
               "says that \"two.safetensors\" holds tensor \"a\", but it does not");
  folder_.write("three.safetensors",
                SafetensorsBuilder().add("c", "F32", "[1]", "1234").add("d", "F32", "[1]", "1234").build());
  expect_error(open_with(R"({"c":"three.safetensors"})"), kCorrupt, "\"three.safetensors\" holds 2 tensors");
  expect_error(open_with(R"({"a":"four.safetensors"})"), ErrorCode::kNotFound, "four.safetensors");
  folder_.write("five.safetensors", "1234567");
  expect_error(open_with(R"({"a":"five.safetensors"})"), kCorrupt, "five.safetensors");
}

TEST_F(ShardsTest, StaysInTheFolder) {
  for (const char* name : {R"("../one.safetensors")", R"("/tmp/one.safetensors")", R"("sub/one.safetensors")",
                           R"("..\\one.safetensors")", R"("c:one.safetensors")", R"("one\u0000.safetensors")",
                           R"("..")", R"("")", R"(".safetensors")", R"(".hidden.safetensors")",
                           R"("one.bin")", "7", "null", R"(["one.safetensors"])"}) {
    expect_error(open_with(fmt::format(R"({{"a":{}}})", name)), ErrorCode::kCorruptData,
                 "which is no name of a .safetensors file of its folder");
  }
}

TEST_F(ShardsTest, SaysWhereThereAreNoWeights) {
  expect_error(open_shards(folder_.path()), ErrorCode::kInvalidArgument, "has no model.safetensors");
}

}  // namespace
}  // namespace hearth
