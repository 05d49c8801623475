#include "backend/cpu/panel_shares.h"

#include <atomic>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace hearth::cpu {
namespace {

TEST(PanelShares, EveryPanelIsOneThreads) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    PanelShares shares;
    for (const int64_t count : {0, 1, 7, 64, 1000}) {
      for (const int64_t piece : {0, 1, 3, 2000}) {
        const auto taken = std::make_unique<std::atomic<int>[]>(size_t(count));
        shares.plan(count, threads, piece);
        pool.run([&](int thread) {
          shares.each(thread, [&](int64_t begin, int64_t end) {
            for (int64_t panel = begin; panel < end; ++panel) ++taken[size_t(panel)];
          });
        });
        for (int64_t panel = 0; panel < count; ++panel) {
          EXPECT_EQ(taken[size_t(panel)], 1) << threads << " " << count << " " << piece << " " << panel;
        }
      }
    }
  }
}

TEST(PanelShares, WhoeverIsFreeTakesWhatIsLeft) {
  PanelShares shares;
  shares.plan(80, 2, 3);
  // The other thread has not come yet: its own part is all that waits for it.
  int64_t taken = 0;
  shares.each(0, [&](int64_t begin, int64_t end) { taken += end - begin; });
  EXPECT_EQ(taken, 35 + 10);
  shares.each(1, [&](int64_t begin, int64_t end) { taken += end - begin; });
  EXPECT_EQ(taken, 80);
}

}  // namespace
}  // namespace hearth::cpu
