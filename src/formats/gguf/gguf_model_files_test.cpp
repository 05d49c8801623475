#include "formats/gguf/gguf_model_files.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/gguf/split_files.h"
#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

using testing::HasSubstr;

GgufBuilder::Tensor tensor(std::string name, char fill) {
  return {.name = std::move(name), .type_id = 0, .dims = {4, 2}, .data = std::string(32, fill)};
}

/// A model in `count` files within a folder of its own, two tensors in each.
class SplitTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / fmt::format("hearth_split_{}", info->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(int number, int count) const {
    return folder_ / fmt::format("model-{:05}-of-{:05}.gguf", number, count);
  }

  struct Claims {
    uint16_t number, count;
    int32_t num_tensors;
  };
  void write_part(int number, int count, Claims claims) const {
    GgufBuilder builder;
    if (number == 1) builder.add("general.architecture", "llama");
    builder.add("split.no", claims.number).add("split.count", claims.count);
    builder.add("split.tensors.count", claims.num_tensors);
    builder.add(tensor(fmt::format("t{}", number), char('0' + number)));
    builder.add(tensor(fmt::format("u{}", number), char('a' + number)));
    ASSERT_TRUE(write_file_atomic(path(number, count), builder.build()).has_value());
  }
  void write_all(int count) const {
    for (int i = 1; i <= count; ++i) write_part(i, count, {uint16_t(i - 1), uint16_t(count), 2 * count});
  }

  std::filesystem::path folder_;
};

TEST_F(SplitTest, AnyPartOpensAll) {
  write_all(3);
  for (int number = 1; number <= 3; ++number) {
    const auto opened = GgufModelFiles::open(path(number, 3));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    const GgufModelFiles& files = **opened;
    EXPECT_EQ(files.parts().size(), 3u);
    EXPECT_EQ(files.files().size(), 3u);
    EXPECT_EQ(files.stored_tensors().size(), 6u);
    EXPECT_EQ(files.architecture(), "llama");
    const TensorView view = files.tensors({}).value()->get("u3", Shape({2, 4})).value().planes.front();
    EXPECT_EQ(as_text(view.data), std::string(32, 'd'));
    EXPECT_EQ(view.file->path(), path(3, 3));
  }
}

TEST_F(SplitTest, AMissingPartIsNamed) {
  write_all(3);
  std::filesystem::remove(path(2, 3));
  const auto weights = GgufModelFiles::open(path(1, 3));
  ASSERT_FALSE(weights.has_value());
  EXPECT_EQ(weights.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(weights.error().message, HasSubstr("model-00002-of-00003.gguf"));
  EXPECT_THAT(weights.error().hint, HasSubstr("all its parts"));
}

TEST_F(SplitTest, PartsMustBelongTogether) {
  write_part(1, 2, {0, 2, 4});
  write_part(2, 2, {0, 2, 4});
  EXPECT_THAT(GgufModelFiles::open(path(1, 2)).error().message, HasSubstr("says that it is part 1 of 2"));
  write_part(2, 2, {1, 3, 4});
  EXPECT_THAT(GgufModelFiles::open(path(1, 2)).error().message, HasSubstr("part 2 of 3"));
  write_part(2, 2, {1, 2, 4});
  EXPECT_TRUE(GgufModelFiles::open(path(1, 2)).has_value());
  write_part(1, 2, {0, 2, 5});
  EXPECT_THAT(GgufModelFiles::open(path(1, 2)).error().message,
              HasSubstr("hold 4 tensors, but split.tensors.count is 5"));
}

TEST_F(SplitTest, APartUnderAnotherNameIsNotAModel) {
  write_all(2);
  std::filesystem::copy_file(path(1, 2), folder_ / "renamed.gguf");
  const auto weights = GgufModelFiles::open(folder_ / "renamed.gguf");
  ASSERT_FALSE(weights.has_value());
  EXPECT_THAT(weights.error().message, HasSubstr("part 1 of 2"));
  EXPECT_THAT(weights.error().hint, HasSubstr("under the names"));
}

TEST_F(SplitTest, ATensorInTwoPartsIsAnError) {
  write_all(2);
  GgufBuilder builder;
  builder.add("split.no", uint16_t(1))
      .add("split.count", uint16_t(2))
      .add(tensor("t1", 'x'))
      .add(tensor("u2", 'y'));
  ASSERT_TRUE(write_file_atomic(path(2, 2), builder.build()).has_value());
  EXPECT_THAT(GgufModelFiles::open(path(1, 2)).error().message, HasSubstr("\"t1\" stands in two parts"));
}

/// Opens one file that is whole; nothing where it does not open.
std::optional<std::vector<std::string>> notes_of_whole(const GgufBuilder& builder) {
  std::vector<std::string> notes;
  const std::string bytes = builder.build();
  std::vector<GgufFile> parts;
  parts.push_back(GgufFile::parse(as_bytes(bytes)).value());
  const auto weights = GgufModelFiles::from_parts(
      std::move(parts), [&](LogLevel, std::string_view line) { notes.emplace_back(line); });
  return weights ? std::optional(notes) : std::nullopt;
}

TEST(WholeFileTest, MayHaveBeenMergedFromParts) {
  // As llama-gguf-split leaves it.
  EXPECT_THAT(notes_of_whole(GgufBuilder()
                                 .add("split.no", uint16_t(0))
                                 .add("split.count", uint16_t(0))
                                 .add("split.tensors.count", int32_t(1))
                                 .add(tensor("t", 'x'))),
              testing::Optional(testing::ElementsAre(HasSubstr("split.count is 0"))));
  EXPECT_THAT(notes_of_whole(GgufBuilder().add("split.tensors.count", int32_t(0)).add(tensor("t", 'x'))),
              testing::Optional(testing::ElementsAre(HasSubstr("split.tensors.count is 0"))));
  EXPECT_THAT(notes_of_whole(GgufBuilder().add("split.count", "one").add("split.no", -1.5f)),
              testing::Optional(testing::ElementsAre(HasSubstr("split.count is the string"),
                                                     HasSubstr("split.no is the float32"))));
  EXPECT_THAT(notes_of_whole(GgufBuilder().add("split.no", uint16_t(3)).add("split.count", uint16_t(1))),
              testing::Optional(testing::IsEmpty()));
  EXPECT_EQ(notes_of_whole(GgufBuilder().add("split.no", uint16_t(0)).add("split.count", uint16_t(2))),
            std::nullopt);
}

TEST_F(SplitTest, PartsThatDoNotSaySoAreNone) {
  write_part(1, 2, {0, 2, 4});
  write_part(2, 2, {1, 0, 4});
  EXPECT_THAT(GgufModelFiles::open(path(1, 2)).error().message, HasSubstr("but was opened as part 2 of 2"));
}

TEST(SplitFilePathsTest, FollowsTheNamingRule) {
  const auto paths = split_file_paths("/m/big-00002-of-00003.gguf").value();
  EXPECT_EQ(paths,
            (std::vector<std::filesystem::path>{"/m/big-00001-of-00003.gguf", "/m/big-00002-of-00003.gguf",
                                                "/m/big-00003-of-00003.gguf"}));
  for (const char* alone : {"m.gguf", "a-0001-of-0002.gguf", "00001-of-00002.gguf", "a-00001-of-00002.bin",
                            "a-x0001-of-00002.gguf", "-of-00001.gguf", ".gguf", "a-00001_of-00002.gguf"}) {
    EXPECT_EQ(split_file_paths(alone).value(), std::vector<std::filesystem::path>{alone}) << alone;
  }
  for (const char* wrong : {"a-00000-of-00002.gguf", "a-00003-of-00002.gguf", "a-00001-of-99999.gguf"}) {
    EXPECT_EQ(split_file_paths(wrong).error().code, ErrorCode::kCorruptData) << wrong;
  }
}

Result<std::unique_ptr<GgufModelFiles>> files_of(const std::string& bytes) {
  std::vector<GgufFile> parts;
  parts.push_back(GgufFile::parse(as_bytes(bytes)).value());
  return GgufModelFiles::from_parts(std::move(parts));
}

TEST(GgufModelFilesTest, ChecksShapes) {
  const std::string bytes = GgufBuilder().add(tensor("a", 'a')).build();
  const auto files = files_of(bytes).value();
  const TensorSet& weights = *files->tensors({}).value();
  EXPECT_TRUE(weights.get("a", Shape({2, 4})).has_value());
  const auto wrong = weights.get("a", Shape({4, 2}));
  EXPECT_EQ(wrong.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(wrong.error().message,
            "tensor \"a\" has the shape [2, 4], but the model's metadata asks for [4, 2]");
  const auto missing = weights.get("b", Shape({7}));
  EXPECT_EQ(missing.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(missing.error().message, "tensor \"b\" is missing; it must have the shape [7]");
  EXPECT_EQ(weights.find("b"), nullptr);
}

TEST(GgufModelFilesTest, RefusesTensorsThatCannotBeRead) {
  GgufBuilder builder;
  builder.add({.name = "a", .type_id = 29, .dims = {256}, .data = std::string(56, 'x')});
  const std::string bytes = builder.build();
  const auto weights = files_of(bytes);
  ASSERT_FALSE(weights.has_value());
  EXPECT_EQ(weights.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(weights.error().message, HasSubstr("IQ1_M"));
  EXPECT_THAT(weights.error().hint, HasSubstr("another quantisation"));
}

}  // namespace
}  // namespace hearth
