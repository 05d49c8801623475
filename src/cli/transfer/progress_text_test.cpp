#include "cli/transfer/progress_text.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

using std::chrono::seconds;

TEST(ProgressText, BytesAndTimesAreShort) {
  EXPECT_EQ(byte_text(0), "0 B");
  EXPECT_EQ(byte_text(999), "999 B");
  EXPECT_EQ(byte_text(1000), "1.00 kB");
  EXPECT_EQ(byte_text(12'345'678), "12.3 MB");
  EXPECT_EQ(byte_text(999'600'000), "1.00 GB");
  EXPECT_EQ(byte_text(2'600'000'000), "2.60 GB");
  EXPECT_EQ(duration_text(seconds(59)), "59s");
  EXPECT_EQ(duration_text(seconds(187)), "3m07s");
  EXPECT_EQ(duration_text(seconds(7500)), "2h05m");
}

TEST(ProgressText, TheRateIsThatOfTheLastSeconds) {
  RateMeter meter;
  RateMeter::Time now;
  EXPECT_EQ(meter.rate(), 0);
  for (int i = 0; i < 20; ++i) meter.add(now += seconds(1), uint64_t(i) * 100);
  EXPECT_NEAR(meter.rate(), 100, 1e-6);
  for (int i = 20; i < 30; ++i) meter.add(now += seconds(1), uint64_t(2000 + (i - 20) * 10));
  EXPECT_NEAR(meter.rate(), 10, 3) << "what was long ago does not count";
  meter.add(now += seconds(1), 0);
  EXPECT_EQ(meter.rate(), 0) << "another file";
}

TEST(ProgressText, TheLineFitsItsWidth) {
  const TransferProgress progress{.status = "pulling 0123456789ab", .total = 1000, .completed = 455};
  EXPECT_EQ(progress_line(progress, 50, 75),
            "pulling 0123456789ab  45% [#########           ] 455 B/1.00 kB  50 B/s  10s");
  for (size_t width = 0; width < 200; ++width) EXPECT_LE(progress_line(progress, 50, width).size(), width);
  EXPECT_EQ(progress_line({.status = "writing manifest"}, 0, 80), "writing manifest");
}

TEST(ProgressText, JsonIsOllamas) {
  const BlobDigest digest = *BlobDigest::parse("sha256:" + std::string(64, 'a'));
  EXPECT_EQ(progress_json({.status = "pulling aaaaaaaaaaaa", .digest = digest, .total = 10, .completed = 3}),
            R"({"status":"pulling aaaaaaaaaaaa","digest":"sha256:)" + std::string(64, 'a') +
                R"(","total":10,"completed":3})");
  EXPECT_EQ(progress_json({.status = "success"}), R"({"status":"success"})");
}

}  // namespace
}  // namespace hearth::cli
