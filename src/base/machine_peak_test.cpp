#include "base/machine_peak.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr ProbeSize kSmall{.num_passes = 1, .num_steps = 1000, .read_bytes = size_t(1) << 20};

TEST(MachinePeak, EveryProbeEndsWithAPossibleFigure) {
  for (int num_threads : {1, 3}) {
    ThreadPool pool(num_threads);
    for (MachineProbe probe :
         {MachineProbe::kInt8, MachineProbe::kBf16, MachineProbe::kF32, MachineProbe::kRead}) {
      const auto figure = measure_machine(pool, probe, kSmall);
      if (!figure) continue;
      EXPECT_GT(*figure, 0.0);
      // No core does a million operations in a nanosecond: work that the compiler dropped would seem to.
      EXPECT_LT(*figure, 1e6 * num_threads);
    }
    EXPECT_TRUE(measure_machine(pool, MachineProbe::kRead, kSmall).has_value());
  }
}

}  // namespace
}  // namespace hearth
