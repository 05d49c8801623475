#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/threads.h"

namespace hearth {

/// What a machine can do at most, to divide measured speeds by.
enum class MachineProbe : uint8_t {
  kInt8,  ///< 8-bit dot products from registers, 1e9 operations a second; a multiply and an add are two
  kBf16,  ///< bfloat16 dot products, the same
  kF32,   ///< float multiply-adds, the same
  kRead,  ///< reading memory that no cache holds, 1e9 bytes a second
};

/// How long a probe goes on.
struct ProbeSize {
  int num_passes = 8;
  int64_t num_steps = 4'000'000;          ///< of arithmetic, in a pass
  size_t read_bytes = size_t(512) << 20;  ///< of memory, allocated and read in a pass
};

/// Measures with all threads of the pool; nothing where the processor lacks it or memory is short. The best
/// of several passes counts: a ceiling is what nothing else on the machine disturbs.
std::optional<double> measure_machine(ThreadPool& pool, MachineProbe probe, const ProbeSize& size = {});

}  // namespace hearth
