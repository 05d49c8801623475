#include "base/machine_peak.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr ProbeSize kSmall{.num_passes = 1, .num_steps = 1000, .read_bytes = size_t(1) << 20};

constexpr Isa kIsas[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx2Vnni, Isa::kAvx512Bw,
                         Isa::kAvx512, Isa::kAmx,  Isa::kNeon,     Isa::kNeonI8mm};

TEST(MachinePeak, EveryProbeEndsWithAPossibleFigure) {
  for (int num_threads : {1, 3}) {
    ThreadPool pool(num_threads);
    for (Isa isa : kIsas) {
      if (!is_supported(isa)) continue;
      for (MachineProbe probe :
           {MachineProbe::kInt8, MachineProbe::kWords, MachineProbe::kSigned, MachineProbe::kBf16,
            MachineProbe::kF32, MachineProbe::kRead, MachineProbe::kReadUnasked}) {
        const auto figure = measure_machine(pool, isa, probe, kSmall);
        if (!figure) continue;
        EXPECT_GT(*figure, 0.0);
        // No core does a million operations in a nanosecond: work that the compiler dropped would seem to.
        EXPECT_LT(*figure, 1e6 * num_threads);
      }
      EXPECT_TRUE(measure_machine(pool, isa, MachineProbe::kRead, kSmall).has_value());
    }
  }
}

TEST(MachinePeak, WordsAndSignsAreWhatIsDoneWithoutDotProductsOfBytes) {
  ThreadPool pool(1);
  for (Isa isa : kIsas) {
    if (!is_supported(isa)) continue;
    const bool pairs = isa == Isa::kAvx2 || isa == Isa::kAvx512Bw;
    for (MachineProbe probe : {MachineProbe::kWords, MachineProbe::kSigned}) {
      EXPECT_EQ(measure_machine(pool, isa, probe, kSmall).has_value(), pairs) << to_string(isa);
    }
  }
}

}  // namespace
}  // namespace hearth
