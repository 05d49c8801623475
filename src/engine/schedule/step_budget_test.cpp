#include "engine/schedule/step_budget.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(StepBudget, FollowsTheSpeedOfPrompts) {
  StepBudget budget(512, milliseconds(100));
  EXPECT_EQ(budget.num_tokens(), 128u) << "nothing is known yet";
  for (int i = 0; i < 50; ++i) budget.observe(100, milliseconds(50));
  EXPECT_EQ(budget.num_tokens(), 192u) << "200 tokens in 100 ms";
  for (int i = 0; i < 50; ++i) budget.observe(8, milliseconds(50));
  EXPECT_EQ(budget.num_tokens(), 192u) << "a few tokens say nothing";
  for (int i = 0; i < 50; ++i) budget.observe(100, microseconds(100));
  EXPECT_EQ(budget.num_tokens(), 512u);
  for (int i = 0; i < 50; ++i) budget.observe(32, milliseconds(5000));
  EXPECT_EQ(budget.num_tokens(), 32u) << "a prompt always goes on";
}

TEST(StepBudget, NoTargetMeansNoLimit) {
  StepBudget budget(300, milliseconds(0));
  budget.observe(100, milliseconds(5000));
  EXPECT_EQ(budget.num_tokens(), 300u);
}

}  // namespace
}  // namespace hearth
