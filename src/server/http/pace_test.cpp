#include "server/http/pace.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using namespace std::chrono_literals;

/// Seconds after which a sender is cut off that sends `bytes(second)` in each.
template <typename Bytes>
int cut_off_after(int seconds, const Bytes& bytes) {
  const Pace::Time begin{1h};
  Pace pace(10'000ms, 1024, begin);
  size_t total = 0;
  for (int second = 1; second <= seconds; ++second) {
    const Pace::Time now = begin + std::chrono::seconds(second);
    if (now > pace.deadline()) return second;
    total += bytes(second);
    pace.count(total, now);
  }
  return seconds;
}

TEST(Pace, WhoKeepsTheRateMayGoOn) {
  EXPECT_EQ(cut_off_after(1000, [](int) { return size_t(1100); }), 1000);
  EXPECT_EQ(cut_off_after(1000, [](int second) { return second % 10 == 0 ? size_t(11'000) : size_t(0); }),
            1000);
}

TEST(Pace, SendingFastOnceBuysNothing) {
  EXPECT_EQ(cut_off_after(1000, [](int second) { return second == 1 ? size_t(10) << 20 : size_t(0); }), 12);
  EXPECT_EQ(cut_off_after(1000, [](int second) { return second < 5 ? size_t(1) << 20 : size_t(100); }), 15);
  EXPECT_EQ(cut_off_after(1000, [](int) { return size_t(500); }), 11);
}

}  // namespace
}  // namespace hearth::server
