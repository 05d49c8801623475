#include "transfer/download/range_set.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RangeSet, IsWhatASetOfBytesWouldBe) {
  std::minstd_rand chance(1);
  for (int round = 0; round < 200; ++round) {
    RangeSet ranges;
    std::vector<bool> bytes(64);
    for (int i = 0; i < 12; ++i) {
      const uint64_t begin = chance() % 64, end = std::min<uint64_t>(64, begin + chance() % 9);
      ranges.add(begin, end);
      for (uint64_t at = begin; at < end; ++at) bytes[at] = true;
      std::vector<bool> got(64);
      for (const auto& [from, to] : ranges.ranges())
        std::fill(got.begin() + long(from), got.begin() + long(to), true);
      ASSERT_EQ(got, bytes);
      ASSERT_EQ(ranges.size(), uint64_t(std::count(bytes.begin(), bytes.end(), true)));
      ASSERT_EQ(ranges.prefix_end(), uint64_t(std::find(bytes.begin(), bytes.end(), false) - bytes.begin()));
      RangeSet rest = ranges;
      uint64_t missing = 0;
      for (const auto& [from, to] : ranges.gaps(64)) {
        rest.add(from, to);
        missing += to - from;
      }
      ASSERT_THAT(rest.ranges(), ElementsAre(Pair(0, 64)));
      ASSERT_EQ(missing, 64 - ranges.size());
    }
  }
}

}  // namespace
}  // namespace hearth::transfer
