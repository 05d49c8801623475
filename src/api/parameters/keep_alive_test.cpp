#include "api/parameters/keep_alive.h"

#include <gtest/gtest.h>

namespace hearth::api {
namespace {

using namespace std::chrono_literals;

TEST(KeepAlive, DurationsAreThoseOfGo) {
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration("-1s"), -1s);
  EXPECT_EQ(parse_duration("+2m3s4ms"), 2min + 3s + 4ms);
  EXPECT_EQ(parse_duration("300ms"), 300ms);
  EXPECT_EQ(parse_duration("10us"), 10us);
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("300"), 300s);
  EXPECT_EQ(parse_duration("-1"), -1s);
  for (const char* none :
       {"", "-", "m", "5x", "5m3", "five", "1e3s", ".", "5 m", "1..2s", "--5m", "nan", "inf"}) {
    EXPECT_EQ(parse_duration(none), std::nullopt) << none;
  }
  EXPECT_GT(*parse_duration("99999999999999h"), 2'000'000h);
  EXPECT_LT(*parse_duration("-99999999999999h"), -2'000'000h);
}

TEST(KeepAlive, NumbersAreSecondsAndBelowZeroIsForever) {
  const auto read = [](const Json& value) { return read_keep_alive(&value); };
  EXPECT_EQ(read(0), 0s);
  EXPECT_EQ(read(1.5), 1500ms);
  EXPECT_EQ(read("10m"), 10min);
  EXPECT_EQ(read(-1), kKeepForever);
  EXPECT_EQ(read("-1m"), kKeepForever);
  EXPECT_EQ(read(nullptr), std::nullopt);
  EXPECT_EQ(read_keep_alive(nullptr), std::nullopt);
  EXPECT_GT(*read(1e300), 1h);
}

}  // namespace
}  // namespace hearth::api
