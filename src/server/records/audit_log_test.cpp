#include "server/records/audit_log.h"

#include <fstream>

#include <sys/stat.h>

#include "base/file.h"
#include "server/records/audit_check.h"
#include "server/records/full_disk.h"
#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

class AuditLogTest : public ::testing::Test {
 protected:
  void write(int num_records) {
    const auto log = AuditLog::open(path_);
    ASSERT_TRUE(log) << log.error().message;
    for (int i = 0; i < num_records; ++i) {
      ASSERT_TRUE((*log)->append({{"event", "request"}, {"path", "/x\n{\"seq\":9}\x1b\xff"}}));
    }
  }
  std::string content() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  testing::TestFolder folder_;
  std::filesystem::path path_ = folder_.path() / "audit.log";
};

TEST_F(AuditLogTest, IsIntactAlsoWhenCarriedOn) {
  write(3);
  write(2);
  const auto summary = verify_audit_log(path_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->num_records, 5u);
  const std::string text = content();
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(AuditLogTest, IsFlushedWhenAsked) {
  const auto log = *AuditLog::open(path_);
  ASSERT_TRUE(log->sync());
  EXPECT_TRUE(log->is_synced());
  ASSERT_TRUE(log->append({{"event", "test"}}));
  EXPECT_FALSE(log->is_synced());
  ASSERT_TRUE(log->sync());
  EXPECT_TRUE(log->is_synced());
}

TEST_F(AuditLogTest, EveryChangeShows) {
  write(4);
  const std::string text = content();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = char(changed[i] ^ 1);
    replace(changed);
    EXPECT_FALSE(verify_audit_log(path_)) << "byte " << i;
  }
  const size_t first = text.find('\n') + 1, second = text.find('\n', first) + 1;
  replace(text.substr(first));
  EXPECT_FALSE(verify_audit_log(path_));
  replace(text.substr(0, first) + text.substr(second));
  EXPECT_FALSE(verify_audit_log(path_));
  replace(text.substr(first, second - first) + text);
  EXPECT_FALSE(verify_audit_log(path_));
  replace(text);
  EXPECT_TRUE(verify_audit_log(path_));
}

TEST_F(AuditLogTest, IsForItsOwnerAlone) {
  replace("");
  ::chmod(path_.c_str(), 0644);
  write(1);
  struct stat info = {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(AuditLogTest, ATornLastLineIsSetAsideWhereverItIsTorn) {
  write(3);
  const std::string whole = content();
  for (size_t size = 0; size <= whole.size(); ++size) {
    const std::string left = whole.substr(0, size);
    replace(left);
    std::string noted;
    {
      const auto log = AuditLog::open(path_, [&](LogLevel, std::string_view line) { noted.append(line); });
      ASSERT_TRUE(log) << "byte " << size << ": " << log.error().message;
      ASSERT_TRUE((*log)->append({{"event", "request"}}));
    }
    const auto summary = verify_audit_log(path_);
    ASSERT_TRUE(summary) << "byte " << size << ": " << summary.error().message;
    const bool lacks_end_alone = size < whole.size() && whole[size] == '\n';
    const std::string torn = left.substr(left.rfind('\n') == std::string::npos ? 0 : left.rfind('\n') + 1);
    const bool is_torn = !torn.empty() && !lacks_end_alone;
    const size_t num_whole = size_t(std::ranges::count(left, '\n')) + (lacks_end_alone ? 1 : 0);
    EXPECT_EQ(summary->num_records, num_whole + (is_torn ? 1 : 0) + 1) << size;
    EXPECT_EQ(summary->num_torn_lines, is_torn ? 1u : 0u) << size;
    EXPECT_EQ(noted.empty(), torn.empty()) << size;
    const std::filesystem::path aside = path_.string() + ".torn-" + std::to_string(num_whole + 1);
    ASSERT_EQ(std::filesystem::exists(aside), is_torn) << size;
    if (!is_torn) continue;
    EXPECT_NE(noted.find(aside.string()), std::string::npos) << noted;
    EXPECT_EQ(read_file(aside, 1 << 20).value(), torn);
    std::filesystem::remove(aside);
  }
}

TEST_F(AuditLogTest, WhatWasSetAsideBeforeStays) {
  write(1);
  const std::string whole = content();
  for (const char* torn : {"{\"one", "{\"two"}) {
    replace(whole + torn);
    write(0);
  }
  EXPECT_EQ(read_file(path_.string() + ".torn-2", 100).value(), "{\"one");
  EXPECT_EQ(read_file(path_.string() + ".torn-2.2", 100).value(), "{\"two");
}

TEST_F(AuditLogTest, NoOtherFileIsCutToALog) {
  for (const char* text : {"x", "{\"seq\":2,", "{}", "no line end", "\n"}) {
    replace(text);
    EXPECT_EQ(AuditLog::open(path_).error().code, ErrorCode::kCorruptData) << text;
    EXPECT_EQ(content(), text);
  }
}

TEST_F(AuditLogTest, ALineThatIsBeingWrittenIsNamed) {
  write(2);
  replace(content() + "{\"seq\":3");
  const auto summary = verify_audit_log(path_);
  ASSERT_FALSE(summary);
  EXPECT_NE(summary.error().message.find("line 3"), std::string::npos) << summary.error().message;
  EXPECT_NE(summary.error().message.find("torn"), std::string::npos) << summary.error().message;
}

// The disk is full after any number of bytes of a line.
TEST_F(AuditLogTest, AFailedAppendLeavesNothing) {
  const auto log = *AuditLog::open(path_);
  const nlohmann::ordered_json record = {{"event", "request"}, {"path", "/x"}};
  ASSERT_TRUE(log->append(record));
  const size_t line_size = content().size();
  size_t num_records = 1;
  for (size_t room = 0; room < line_size; ++room) {
    const std::string before = content();
    {
      const testing::FileSizeLimit limit(before.size() + room);
      const Status kept = log->append(record);
      ASSERT_FALSE(kept) << room;
      EXPECT_NE(kept.error().message.find("audit.log"), std::string::npos) << kept.error().message;
    }
    ASSERT_EQ(content(), before) << room;
    ASSERT_TRUE(log->append(record)) << room;
    ++num_records;
  }
  EXPECT_EQ(verify_audit_log(path_)->num_records, num_records);
}

// Nor is it begun in the middle of a line that a crash left.
TEST_F(AuditLogTest, IsBegunWhenThereIsRoom) {
  for (const bool was_torn : {false, true}) {
    std::filesystem::remove(path_);
    if (was_torn) {
      ASSERT_TRUE((*AuditLog::open(path_))->append({{"event", "request"}}));
      std::ofstream(path_, std::ios::app) << R"({"event":"requ)";
    }
    const std::string before = was_torn ? content() : "";
    std::unique_ptr<AuditLog> log;
    {
      const testing::FileSizeLimit full(0);
      auto opened = AuditLog::open(path_);
      ASSERT_TRUE(opened) << opened.error().message;
      log = std::move(*opened);
      EXPECT_EQ(log->append({{"event", "request"}}).error().code, ErrorCode::kNoSpace);
      EXPECT_EQ(content(), before);
    }
    ASSERT_TRUE(log->append({{"event", "request"}}));
    EXPECT_EQ(verify_audit_log(path_)->num_records, was_torn ? 3u : 1u) << "the torn line has a record";
  }
}

// Room for what a torn line leaves to be set aside, and for nothing more.
TEST_F(AuditLogTest, TheRecordOfATornLineComesFirst) {
  ASSERT_TRUE((*AuditLog::open(path_))->append({{"event", "request"}}));
  const size_t whole = content().size();
  std::ofstream(path_, std::ios::app) << R"({"event":"requ)";
  std::unique_ptr<AuditLog> log;
  {
    const testing::FileSizeLimit full(whole);
    log = *AuditLog::open(path_);
    EXPECT_FALSE(log->append({{"event", "request"}}));
    EXPECT_EQ(content().size(), whole);
  }
  ASSERT_TRUE(log->append({{"event", "request"}}));
  const auto summary = verify_audit_log(path_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->num_records, 3u);
}

TEST_F(AuditLogTest, ADeletedFileIsNoPlaceToWriteTo) {
  const auto log = *AuditLog::open(path_);
  ASSERT_TRUE(log->append({{"event", "request"}}));
  std::filesystem::remove(path_);
  EXPECT_FALSE(log->append({{"event", "request"}}));
}

TEST_F(AuditLogTest, HasOneWriterAndIsNoOtherFile) {
  const auto log = AuditLog::open(path_);
  ASSERT_TRUE(log);
  const auto second = AuditLog::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kOverloaded);
  path_ = folder_.path() / "other";
  replace("something else\n");
  EXPECT_EQ(AuditLog::open(path_).error().code, ErrorCode::kCorruptData);
}

}  // namespace
}  // namespace hearth::server
