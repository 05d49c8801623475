#include "base/file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hearth {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("hearth_file_test_{}", ::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(FileTest, WritesAndMapsBack) {
  const auto path = folder_ / "a";
  ASSERT_TRUE(write_file_atomic(path, "first"));
  ASSERT_TRUE(write_file_atomic(path, "second one"));
  const auto mapped = MappedFile::open(path);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(as_text(mapped->bytes()), "second one");
  EXPECT_EQ(read_file(path, 100).value(), "second one");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, NamesThePathAndTheReason) {
  const auto missing = MappedFile::open(folder_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("none"), std::string::npos);
  EXPECT_FALSE(missing.error().hint.empty());
  EXPECT_EQ(MappedFile::open(folder_).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(write_file_atomic(folder_ / "no" / "file", "x").error().code, ErrorCode::kNotFound);
}

TEST_F(FileTest, APipeIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const auto mapped = MappedFile::open(folder_ / "pipe");
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FileTest, RefusesAFileAboveTheLimit) {
  const auto path = folder_ / "long";
  ASSERT_TRUE(write_file_atomic(path, std::string(1000, 'x')));
  EXPECT_EQ(read_file(path, 999).error().code, ErrorCode::kResourceLimit);
  EXPECT_TRUE(read_file(path, 1000));
}

TEST_F(FileTest, EmptyFileMapsToNothing) {
  ASSERT_TRUE(write_file_atomic(folder_ / "empty", ""));
  const auto mapped = MappedFile::open(folder_ / "empty");
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(mapped->bytes().empty());
}

TEST_F(FileTest, ReleasedPagesReadTheSame) {
  const std::string content(50'000, 'y');
  ASSERT_TRUE(write_file_atomic(folder_ / "pages", content));
  const auto mapped = MappedFile::open(folder_ / "pages");
  ASSERT_TRUE(mapped);
  mapped->release(mapped->bytes().subspan(100, 40'000));
  EXPECT_EQ(as_text(mapped->bytes()), content);
}

}  // namespace
}  // namespace hearth
