#include "formats/gguf/gguf.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

using testing::Test;

GgufBuilder sample(uint32_t version = 3) {
  GgufBuilder builder(version);
  builder.add("general.architecture", "llama")
      .add("an.uint8", uint8_t(200))
      .add("an.int8", int8_t(-5))
      .add("a.uint16", uint16_t(65535))
      .add("an.int16", int16_t(-300))
      .add("a.uint32", uint32_t(4000000000))
      .add("an.int32", int32_t(-7))
      .add("a.uint64", uint64_t(1) << 63)
      .add("an.int64", int64_t(-1))
      .add("a.float32", 1.5f)
      .add("a.float64", 0.25)
      .add("a.bool", true)
      .add("numbers", std::vector<int32_t>{3, -4, 5})
      .add("flags", std::vector<bool>{true, false})
      .add("texts", std::vector<std::string>{"alpha", "", "gamma"})
      .add({.name = "first", .type_id = 0, .dims = {3, 2}, .data = std::string(24, '\1')})
      .add({.name = "second", .type_id = 2, .dims = {64}, .data = std::string(36, '\2')})
      .add({.name = "third", .type_id = 16, .dims = {256}, .data = std::string(66, '\3')})
      .add({.name = "strange", .type_id = 777, .dims = {5}, .data = "?"});
  return builder;
}

class GgufTest : public Test {
 protected:
  const std::string bytes_ = sample().build();
  const GgufFile file_ = GgufFile::parse(as_bytes(bytes_)).value();
};

TEST_F(GgufTest, ReadsBothVersions) {
  for (const uint32_t version : {2u, 3u}) {
    const std::string bytes = sample(version).build();
    const auto file = GgufFile::parse(as_bytes(bytes));
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(file->version(), version);
    EXPECT_EQ(file->metadata().size(), 15u);
    EXPECT_EQ(file->tensors().size(), 4u);
    EXPECT_EQ(file->alignment(), 32u);
    EXPECT_EQ(file->file_bytes(), bytes.size());
  }
}

TEST_F(GgufTest, GivesValuesOfEveryType) {
  EXPECT_EQ(file_.get<std::string_view>("general.architecture"), "llama");
  EXPECT_EQ(file_.get<uint32_t>("an.uint8"), 200u);
  EXPECT_EQ(file_.get<int32_t>("an.int8"), -5);
  EXPECT_EQ(file_.get<int64_t>("a.uint16"), 65535);
  EXPECT_EQ(file_.get<int32_t>("an.int16"), -300);
  EXPECT_EQ(file_.get<uint32_t>("a.uint32"), 4000000000u);
  EXPECT_EQ(file_.get<int64_t>("an.int32"), -7);
  EXPECT_EQ(file_.get<uint64_t>("a.uint64"), uint64_t(1) << 63);
  EXPECT_EQ(file_.get<int32_t>("an.int64"), -1);
  EXPECT_EQ(file_.get<float>("a.float32"), 1.5f);
  EXPECT_EQ(file_.get<double>("a.float64"), 0.25);
  EXPECT_EQ(file_.get<float>("an.int32"), -7.0f);
  EXPECT_EQ(file_.get<bool>("a.bool"), true);
}

TEST_F(GgufTest, GivesArraysInPlace) {
  const MetadataArray numbers = file_.get<MetadataArray>("numbers").value();
  ASSERT_EQ(numbers.size(), 3u);
  EXPECT_EQ(numbers[1].as<int64_t>(), -4);
  EXPECT_EQ(numbers[1].as<uint64_t>(), std::nullopt);
  EXPECT_EQ(numbers.strings().begin(), numbers.strings().end());

  const MetadataArray flags = file_.get<MetadataArray>("flags").value();
  EXPECT_EQ(flags[0].as<bool>(), true);
  EXPECT_EQ(flags[1].as<bool>(), false);

  const MetadataArray texts = file_.get<MetadataArray>("texts").value();
  const auto strings = texts.strings();
  EXPECT_EQ(std::vector<std::string_view>(strings.begin(), strings.end()),
            (std::vector<std::string_view>{"alpha", "", "gamma"}));
}

TEST_F(GgufTest, SaysWhatAValueIsInsteadOfWhatWasAsked) {
  const auto message = [](const auto& result) { return result ? "no error" : result.error().message; };
  EXPECT_EQ(message(file_.get<uint32_t>("general.architecture")),
            "metadata \"general.architecture\" is the string \"llama\", not an integer within 0..4294967295");
  EXPECT_EQ(message(file_.get<uint32_t>("an.int32")),
            "metadata \"an.int32\" is the int32 -7, not an integer within 0..4294967295");
  EXPECT_EQ(message(file_.get<int64_t>("a.uint64")),
            "metadata \"a.uint64\" is the uint64 9223372036854775808, not an integer within "
            "-9223372036854775808..9223372036854775807");
  EXPECT_EQ(message(file_.get<bool>("an.uint8")), "metadata \"an.uint8\" is the uint8 200, not a boolean");
  EXPECT_EQ(message(file_.get<float>("numbers")),
            "metadata \"numbers\" is an array of 3 int32, not a number");
  EXPECT_EQ(message(file_.get<MetadataArray>("a.bool")),
            "metadata \"a.bool\" is the bool true, not an array");
  EXPECT_EQ(message(file_.get<bool>("absent")), "metadata \"absent\" is missing; it must be a boolean");
  EXPECT_EQ(file_.get<bool>("absent").error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(file_.get_optional<bool>("absent").value(), std::nullopt);
  EXPECT_FALSE(file_.get_optional<bool>("an.int8").has_value());
  EXPECT_EQ(file_.find("absent"), nullptr);
}

TEST_F(GgufTest, GivesTensorsInPlace) {
  const TensorView first = file_.tensor("first").value();
  EXPECT_EQ(first.dtype, DType::kF32);
  EXPECT_EQ(first.shape, Shape({2, 3}));
  EXPECT_EQ(as_text(first.data), std::string(24, '\1'));
  const TensorView second = file_.tensor("second").value();
  EXPECT_EQ(second.shape, Shape({64}));
  EXPECT_EQ(as_text(second.data), std::string(36, '\2'));
  EXPECT_EQ(second.data.data() - as_bytes(bytes_).data(), ptrdiff_t(file_.data_offset() + 32));
}

TEST_F(GgufTest, ListsTensorsThatItCannotDecode) {
  const GgufTensor* third = file_.find_tensor("third");
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third->type_name(), "IQ2_XXS");
  EXPECT_EQ(third->bytes, 66u);
  const GgufTensor* strange = file_.find_tensor("strange");
  ASSERT_NE(strange, nullptr);
  EXPECT_EQ(strange->type_name(), "type 777");
  EXPECT_EQ(strange->bytes, std::nullopt);

  const auto view = file_.tensor("third");
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(view.error().message, "tensor \"third\" has type IQ2_XXS (id 16), which cannot be read");
  EXPECT_EQ(file_.tensor("strange").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(file_.tensor("fourth").error().message, "tensor \"fourth\" is missing");
}

TEST_F(GgufTest, ViewsOutliveAMove) {
  const std::string path = testing::TempDir() + "/gguf_test_move.gguf";
  ASSERT_TRUE(write_file_atomic(path, bytes_).has_value());
  GgufFile file = GgufFile::open(path).value();
  const TensorView before = file.tensor("first").value();
  const GgufFile moved = std::move(file);
  EXPECT_EQ(moved.tensor("first").value().file, before.file);
  EXPECT_EQ(as_text(before.data), std::string(24, '\1'));
  EXPECT_EQ(moved.path(), path);
  std::filesystem::remove(path);
}

TEST(GgufAlignmentTest, FollowsTheFile) {
  for (const uint32_t alignment : {8u, 16u, 64u, 4096u}) {
    GgufBuilder builder;
    builder.align(alignment)
        .add("general.alignment", alignment)
        .add({.name = "a", .type_id = 24, .dims = {1}, .data = "a"})
        .add({.name = "b", .type_id = 24, .dims = {1}, .data = "b"});
    const std::string bytes = builder.build();
    const auto file = GgufFile::parse(as_bytes(bytes));
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(file->alignment(), alignment);
    EXPECT_EQ(file->data_offset() % alignment, 0u);
    EXPECT_EQ(as_text(file->tensor("b").value().data), "b");
  }
}

TEST(GgufVocabularyOnlyTest, NeedsNoDataSection) {
  GgufBuilder builder;
  builder.add("a", "b");
  const std::string bytes = builder.build();
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_TRUE(file->tensors().empty());
  EXPECT_EQ(file->get<std::string_view>("a"), "b");
}

TEST(GgufTypesTest, AreNoneOfOurOwn) {
  GgufBuilder builder;
  builder.add({.name = "a", .type_id = uint32_t(DType::kU8), .dims = {1}, .data = "a"});
  const std::string bytes = builder.build();
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->tensors().front().type_name(), "type 128");
  EXPECT_EQ(file->tensor("a").error().code, ErrorCode::kUnsupported);
}

TEST(GgufOpenTest, NamesTheFile) {
  EXPECT_EQ(GgufFile::open("/nowhere/model.gguf").error().code, ErrorCode::kNotFound);
  const std::string path = testing::TempDir() + "/gguf_test_page.gguf";
  ASSERT_TRUE(write_file_atomic(path, "<html>\n").has_value());
  const auto file = GgufFile::open(path);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(
      file.error().message,
      "cannot read " + path + ": this is no GGUF file: it starts with \"<htm\" at offset 0, not \"GGUF\"");
  EXPECT_FALSE(file.error().hint.empty());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hearth
