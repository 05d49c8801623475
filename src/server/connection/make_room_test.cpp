#include "server/connection/make_room.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using Phase = Seat::Phase;

const auto kNow = std::chrono::steady_clock::time_point(1h);

void add(std::vector<Seat>& seats, size_t count, std::string_view network, Phase phase,
         std::chrono::seconds age = 30s) {
  for (size_t i = 0; i < count; ++i) seats.push_back({network, phase, kNow - age});
}

TEST(MakeRoom, ThoseWhoHaveMostAndWaitGoFirst) {
  std::vector<Seat> seats;
  add(seats, 50, "modest", Phase::kWaiting);
  add(seats, 300, "greedy", Phase::kReading);
  add(seats, 100, "greedy", Phase::kWaiting);
  add(seats, 50, "greedy", Phase::kResponding);
  const auto chosen = choose_to_close(seats, "new", 120, kNow);
  ASSERT_EQ(chosen.size(), 120u);
  for (size_t i = 0; i < chosen.size(); ++i) {
    EXPECT_EQ(seats[chosen[i]].network, "greedy");
    EXPECT_EQ(seats[chosen[i]].phase, i < 100 ? Phase::kWaiting : Phase::kReading);
  }
  // Those of others that only wait come after all that.
  EXPECT_EQ(choose_to_close(seats, "new", 1000, kNow).size(), 450u);
}

TEST(MakeRoom, TheLongestGoFirst) {
  std::vector<Seat> seats;
  for (int age = 1; age <= 100; ++age) add(seats, 1, "one", Phase::kWaiting, std::chrono::seconds(age));
  EXPECT_EQ(choose_to_close(seats, "one", 3, kNow), (std::vector<size_t>{99, 98, 97}));
}

TEST(MakeRoom, WhoHasMuchDisplacesItsLikeAlone) {
  std::vector<Seat> seats;
  add(seats, 20, "modest", Phase::kWaiting);
  add(seats, 80, "greedy", Phase::kResponding);
  EXPECT_TRUE(choose_to_close(seats, "greedy", 10, kNow).empty());
  EXPECT_EQ(choose_to_close(seats, "new", 10, kNow).size(), 10u);
}

TEST(MakeRoom, RespondingConnectionsAreLeftAlone) {
  std::vector<Seat> seats;
  add(seats, 50, "a", Phase::kResponding);
  EXPECT_TRUE(choose_to_close(seats, "new", 10, kNow).empty());
  add(seats, 50, "a", Phase::kWaiting, 0s);
  add(seats, 50, "a", Phase::kReading, 0s);
  EXPECT_TRUE(choose_to_close(seats, "a", 10, kNow).empty());
  EXPECT_EQ(choose_to_close(seats, "new", 10, kNow).size(), 10u);
  EXPECT_TRUE(choose_to_close({}, "new", 10, kNow).empty());
}

}  // namespace
}  // namespace hearth::server
