#include "cli/chat/chat_history.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

class ChatHistoryTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("history_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    file_ = folder_ / "history";
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::vector<std::string> entries() const { return ChatHistory::open(file_, no_log())->entries(); }

  fs::path folder_, file_;
};

TEST_F(ChatHistoryTest, GivesBackWhatWasAdded) {
  const std::vector<std::string> added = {"hello",       "two\nlines", "C:\\new\\x", "ends with \\",
                                          "\xC3\xA9 \t", "\\n",        "hello"};
  for (const std::string& entry : added) {
    auto history = ChatHistory::open(file_, no_log());
    ASSERT_TRUE(history) << history.error().message;
    ASSERT_TRUE(history->add(entry));
  }
  EXPECT_EQ(entries(), added);
  struct stat info = {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ChatHistoryTest, TwoChatsAtOnceLoseNothing) {
  auto one = *ChatHistory::open(file_, no_log()), other = *ChatHistory::open(file_, no_log());
  ASSERT_TRUE(one.add("a"));
  ASSERT_TRUE(other.add("b"));
  ASSERT_TRUE(one.add("c"));
  EXPECT_EQ(entries(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ChatHistoryTest, KeepsTheNewest) {
  {
    std::ofstream lines(file_);
    for (size_t i = 1; i <= 2 * ChatHistory::kMostEntries + 1; ++i) lines << i << '\n';
  }
  auto history = *ChatHistory::open(file_, no_log());
  ASSERT_EQ(history.entries().size(), ChatHistory::kMostEntries);
  EXPECT_EQ(history.entries().back(), "2001");
  ASSERT_TRUE(history.add("newest"));
  const std::string text = *read_file(file_, 1 << 20);
  EXPECT_EQ(text.substr(0, 5), "1002\n");
  EXPECT_EQ(entries().back(), "newest");
}

TEST_F(ChatHistoryTest, WhatIsNoFileIsAnError) {
  fs::create_directory(file_);
  EXPECT_FALSE(ChatHistory::open(file_, no_log()));
}

}  // namespace
}  // namespace hearth::cli
