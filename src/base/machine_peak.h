#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/cpu_info.h"
#include "base/threads.h"

namespace hearth {

/// What a machine can do at most, to divide measured speeds by. Products are those of the kernels: where
/// there are no dot products of bytes (VNNI), pairs are summed in words, and what that costs depends on the
/// weights.
enum class MachineProbe : uint8_t {
  kInt8,        ///< 8-bit dot products from registers, 1e9 operations a second; a multiply and an add are two
  kWords,       ///< the same without VNNI, summed in words, as weights of 4 bits can be
  kSigned,      ///< the same without VNNI, by signs and magnitudes, as weights of 8 bits are
  kBf16,        ///< bfloat16 dot products
  kF32,         ///< float multiply-adds
  kRead,        ///< reading memory that no cache holds, asked for 4 KB ahead, 1e9 bytes a second
  kReadUnasked  ///< the same, left to the processor's own foresight
};

/// How long a probe goes on.
struct ProbeSize {
  int num_passes = 8;
  int64_t num_steps = 4'000'000;          ///< of arithmetic, in a pass
  size_t read_bytes = size_t(512) << 20;  ///< of memory, allocated and read in a pass
};

/// Measures with all threads of the pool what an instruction set that this processor runs can do; nothing
/// where it lacks that, or memory is short. The best of several passes counts: a ceiling is what nothing else
/// on the machine disturbs.
std::optional<double> measure_machine(ThreadPool& pool, Isa isa, MachineProbe probe,
                                      const ProbeSize& size = {});

}  // namespace hearth
