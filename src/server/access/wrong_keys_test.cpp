#include "server/access/wrong_keys.h"

#include <vector>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using namespace std::chrono_literals;

const auto kBegin = WrongKeys::Time(1h);

TEST(WrongKeys, TheMoreTheLonger) {
  WrongKeys wrong;
  std::vector<int64_t> waits;
  for (int i = 0; i < 14; ++i) waits.push_back(wrong.count("a", kBegin)->wait.count());
  EXPECT_EQ(waits, (std::vector<int64_t>{0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}));
  EXPECT_EQ(wrong.count("b", kBegin)->wait, 0ms) << "of another network";
  EXPECT_EQ(wrong.count("a", kBegin + 300s)->wait, 0ms) << "long after";
}

TEST(WrongKeys, OnlySoManyResponsesAreDelayed) {
  WrongKeys wrong;
  std::vector<WrongKeys::Penalty> held;
  size_t num_refused = 0;
  for (int i = 0; i < 100; ++i) {
    auto penalty = wrong.count("a", kBegin);
    if (penalty) {
      held.push_back(std::move(*penalty));
    } else {
      ++num_refused;
    }
  }
  EXPECT_EQ(held.size(), WrongKeys::kFree + WrongKeys::kMostHeldBack);
  EXPECT_EQ(num_refused, 100 - held.size());
  held.clear();
  EXPECT_TRUE(wrong.count("a", kBegin));
}

TEST(WrongKeys, RemembersABoundedNumberOfNetworks) {
  WrongKeys wrong;
  for (int i = 0; i < 20; ++i) wrong.count("known", kBegin);
  for (int i = 0; i < 20'000; ++i) {
    wrong.count(std::to_string(i), kBegin);
    if (i % 1000 == 0) wrong.count("known", kBegin);
  }
  EXPECT_EQ(wrong.num_networks(), WrongKeys::kMostNetworks);
  EXPECT_EQ(wrong.count("known", kBegin)->wait, WrongKeys::kLongest);
}

}  // namespace
}  // namespace hearth::server
