#include "server/records/audit_trail.h"

#include <fstream>
#include <memory>
#include <optional>

#include "base/file.h"
#include "server/records/audit_check.h"
#include "server/records/full_disk.h"
#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

class AuditTrailTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditTrail> make(AuditPolicy policy, size_t max_waiting_bytes = size_t(1) << 20) {
    return std::make_unique<AuditTrail>(
        *audit_, policy, [this](LogLevel, std::string_view line) { log_.append(line).append("\n"); },
        max_waiting_bytes);
  }
  void fill_disk() { full_.emplace(std::filesystem::file_size(path_) + 10); }
  void free_disk() { full_.reset(); }
  static nlohmann::ordered_json record(int number, int status = 200) {
    return {{"event", "request"}, {"id", number}, {"status", status}};
  }
  /// The ids of the requests that stand in the log, in order, and the records of gaps.
  std::vector<int> ids() {
    EXPECT_TRUE(verify_audit_log(path_)) << verify_audit_log(path_).error().message;
    std::vector<int> found;
    const std::string text = read_file(path_, 1 << 20).value();
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      const auto line = nlohmann::json::parse(text.substr(at, end - at));
      if (line["event"] == "failing") {
        // Says nothing of a request.
      } else if (line["event"] == "gap") {
        gaps_.push_back(line);
      } else {
        found.push_back(line["id"]);
      }
      at = end + 1;
    }
    return found;
  }

  testing::TestFolder folder_;
  std::filesystem::path path_ = folder_.path() / "audit.log";
  std::unique_ptr<AuditLog> audit_ = *AuditLog::open(path_);
  std::string log_;
  std::optional<testing::FileSizeLimit> full_;
  std::vector<nlohmann::json> gaps_;
};

TEST_F(AuditTrailTest, WhatCouldNotBeWrittenIsWrittenLater) {
  for (const AuditPolicy policy : {AuditPolicy::kRefuse, AuditPolicy::kContinue}) {
    log_.clear();
    gaps_.clear();
    std::filesystem::resize_file(path_, 0);
    audit_.reset();
    audit_ = *AuditLog::open(path_);
    const auto trail = make(policy);
    trail->add(record(1));
    EXPECT_FALSE(trail->refuses());
    EXPECT_FALSE(trail->state().failing);
    fill_disk();
    trail->add(record(2));
    EXPECT_EQ(trail->refuses(), policy == AuditPolicy::kRefuse);
    EXPECT_TRUE(trail->state().failing);
    EXPECT_NE(trail->state().reason.find("audit.log"), std::string::npos);
    EXPECT_EQ(std::ranges::count(log_, '\n'), 1) << log_;
    trail->count_refused();
    trail->retry();
    trail->add(record(3));
    EXPECT_TRUE(trail->state().failing);
    EXPECT_EQ(std::ranges::count(log_, '\n'), 1) << "said once: " << log_;
    free_disk();
    trail->retry();
    EXPECT_FALSE(trail->refuses());
    EXPECT_FALSE(trail->state().failing);
    EXPECT_EQ(std::ranges::count(log_, '\n'), 2) << log_;
    trail->add(record(4));
    EXPECT_EQ(ids(), (std::vector{1, 2, 3, 4}));
    ASSERT_EQ(gaps_.size(), 1u);
    EXPECT_EQ(gaps_[0]["missing"], 0);
    EXPECT_EQ(gaps_[0]["refused"], 1);
  }
}

TEST_F(AuditTrailTest, WhatIsTooMuchToWaitIsCounted) {
  const auto trail = make(AuditPolicy::kContinue, 10'000);
  fill_disk();
  for (int i = 0; i < 100; ++i) trail->add(record(i));
  const uint64_t missing = trail->state().num_missing;
  EXPECT_GT(missing, 50u);
  EXPECT_LT(missing, 100u);
  free_disk();
  trail->retry();
  EXPECT_EQ(ids().size(), 100u - missing);
  EXPECT_EQ(gaps_[0]["missing"], missing);
  EXPECT_EQ(verify_audit_log(path_)->num_missing, missing);
  EXPECT_EQ(trail->state().num_missing, missing) << "it is history, not forgotten";
}

TEST_F(AuditTrailTest, ARefusedRequestTakesNoServedRequestsPlace) {
  const auto trail = make(AuditPolicy::kContinue, 10'000);
  fill_disk();
  for (int i = 0; i < 100; ++i) trail->add(record(-1, 401));
  trail->add(record(7));
  free_disk();
  trail->retry();
  EXPECT_EQ(ids().back(), 7);
}

TEST_F(AuditTrailTest, TheEndIsALastTry) {
  auto trail = make(AuditPolicy::kRefuse);
  fill_disk();
  trail->add(record(1));
  trail.reset();
  EXPECT_NE(log_.find("1 records are lost"), std::string::npos) << log_;
  trail = make(AuditPolicy::kRefuse);
  trail->add(record(2));
  free_disk();
  trail.reset();
  EXPECT_EQ(ids(), std::vector{2});
}

TEST_F(AuditTrailTest, ALogThatCouldNotBeBegunIsFailingFromTheStart) {
  ASSERT_TRUE(audit_->append(record(0)));
  audit_.reset();
  std::ofstream(path_, std::ios::app) << R"({"event":"requ)";
  full_.emplace(0);
  audit_ = *AuditLog::open(path_);
  const auto trail = make(AuditPolicy::kRefuse);
  EXPECT_TRUE(trail->refuses());
  EXPECT_TRUE(trail->state().failing);
  trail->retry();
  EXPECT_TRUE(trail->refuses());
  free_disk();
  trail->retry();
  EXPECT_FALSE(trail->refuses());
  trail->add(record(1));
  EXPECT_TRUE(verify_audit_log(path_)) << verify_audit_log(path_).error().message;
}

/// Room on the disk for what is held back, but for no record of a request.
class AuditReserve : public AuditTrailTest {
 protected:
  void use_up() { full_.emplace(std::filesystem::file_size(path_) + 2000); }
};

TEST_F(AuditReserve, TheEndSaysHowManyAreLost) {
  auto trail = make(AuditPolicy::kContinue, 10'000);
  trail->add(record(1));
  use_up();
  for (int i = 2; i < 40; ++i) trail->add(record(i));
  EXPECT_EQ(trail->state().num_missing + trail->state().num_waiting, 38u);
  EXPECT_GT(trail->state().num_waiting, 0u);
  trail.reset();
  free_disk();
  EXPECT_NE(log_.find("38 records are lost"), std::string::npos) << log_;
  const auto summary = verify_audit_log(path_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->num_missing, 38u);
  EXPECT_EQ(summary->num_open_gaps, 0u);
  EXPECT_EQ(audit_->num_lost(), 0u);
  ASSERT_TRUE(audit_->append(record(40)));
  EXPECT_TRUE(verify_audit_log(path_));
}

TEST_F(AuditReserve, AServerThatIsKilledLeavesAnOpenGap) {
  {
    auto trail = make(AuditPolicy::kContinue);
    use_up();
    trail->add(record(1));
    // What the end would write is kept from it, as by a kill.
    full_.emplace(1);
  }
  free_disk();
  EXPECT_EQ(audit_->num_lost(), 1u);
  ASSERT_TRUE(audit_->append(record(2)));
  EXPECT_EQ(verify_audit_log(path_)->num_open_gaps, 1u);
  {
    auto trail = make(AuditPolicy::kContinue);
    use_up();
    trail->add(record(3));
  }
  free_disk();
  EXPECT_EQ(verify_audit_log(path_)->num_open_gaps, 1u) << "what a later server says is not of the former";
  EXPECT_EQ(verify_audit_log(path_)->num_missing, 1u);
}

TEST_F(AuditReserve, AStartWithoutRoomRefusesFromTheFirstRequest) {
  ASSERT_TRUE(audit_->append(record(0)));
  use_up();
  const auto trail = make(AuditPolicy::kRefuse);
  EXPECT_TRUE(trail->refuses());
  free_disk();
  trail->retry();
  EXPECT_FALSE(trail->refuses());
}

}  // namespace
}  // namespace hearth::server
