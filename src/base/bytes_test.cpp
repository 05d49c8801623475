#include "base/bytes.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/checked_math.h"

namespace hearth {
namespace {

TEST(ByteReader, ReadsInOrderAndStopsAtTheEnd) {
  const char bytes[] = {1, 0, 0, 0, 2, 3};
  ByteReader reader(as_bytes({bytes, sizeof bytes}));
  EXPECT_EQ(reader.read<uint32_t>("count").value(), 1u);
  EXPECT_EQ(reader.offset(), 4u);
  const auto too_long = reader.read<uint32_t>("next count");
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().message, "next count at offset 4 needs 4 bytes but 2 are left");
  EXPECT_EQ(reader.read<uint16_t>("rest").value(), 0x302);
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_FALSE(reader.take(std::numeric_limits<size_t>::max(), "all"));
}

TEST(CheckedMath, RefusesWhatDoesNotFit) {
  constexpr auto kMax = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(checked_add<uint64_t>(kMax - 1, 1), kMax);
  EXPECT_FALSE(checked_add<uint64_t>(kMax, 1));
  EXPECT_EQ(checked_mul<uint64_t>(1u << 31, 2), 1ull << 32);
  EXPECT_FALSE(checked_mul<uint64_t>(1ull << 32, 1ull << 32));
  EXPECT_EQ(checked_round_up<uint64_t>(33, 32), 64u);
  EXPECT_EQ(checked_round_up<uint64_t>(64, 32), 64u);
  EXPECT_FALSE(checked_round_up<uint64_t>(kMax, 32));
}

TEST(Try, ReturnsTheError) {
  const auto half = [](int x) -> Result<int> {
    if (x % 2 != 0) return fail_hint(ErrorCode::kInvalidArgument, "use an even one", "{} is odd", x);
    return x / 2;
  };
  const auto quarter = [&](int x) -> Result<std::string> { return std::to_string(TRY(half(TRY(half(x))))); };
  EXPECT_EQ(quarter(12).value(), "3");
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_EQ(quarter(6).error().hint, "use an even one");
}

}  // namespace
}  // namespace hearth
