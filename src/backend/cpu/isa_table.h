#pragma once

#include <span>
#include <string_view>

#include "backend/cpu/kernels/kernels.h"
#include "base/cpu_info.h"

namespace hearth::cpu {

struct IsaKernels {
  Isa isa;
  std::string_view title;  ///< for people
  const Kernels& (*kernels)();
};

/// Every instruction set that this program was compiled for, the slowest first. One definition a processor
/// family.
std::span<const IsaKernels> isa_table();

}  // namespace hearth::cpu
