#include "server/audit_log.h"

#include <fstream>

#include "server/server_rig.h"

namespace hearth {
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

TEST_F(AuditLogTest, ATornLastLineIsRemoved) {
  write(3);
  const std::string text = content();
  for (const size_t cut : {text.size() - 1, text.size() - 20, text.size() - 100}) {
    replace(text.substr(0, cut));
    write(1);
    const auto summary = verify_audit_log(path_);
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->num_records, 3u);
  }
  replace("{\"torn");
  write(1);
  EXPECT_EQ(verify_audit_log(path_)->num_records, 1u);
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
}  // namespace hearth
