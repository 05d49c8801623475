#pragma once

#include <string_view>

namespace hearth {

/// Instruction sets that the kernels are compiled for, in rising order of preference.
enum class Isa { kScalar, kAvx2, kAvx512 };

/// "scalar", "avx2", "avx512": as HEARTH_ISA spells them.
std::string_view to_string(Isa isa);

/// The best instruction set that this processor and operating system run.
Isa best_isa();

/// Cores this process may use: the affinity mask, cut by a container's CPU quota; at least 1.
int available_cores();

}  // namespace hearth
