#include "backend/cpu/isa_table.h"

namespace hearth::cpu {

std::span<const IsaKernels> isa_table() {
  static constexpr IsaKernels kTable[] = {
      {Isa::kScalar, "portable", scalar_kernels},
      {Isa::kNeon, "NEON dot product", neon_kernels},
      {Isa::kNeonI8mm, "NEON int8 matrix multiplication", neon_i8mm_kernels},
  };
  return kTable;
}

}  // namespace hearth::cpu
