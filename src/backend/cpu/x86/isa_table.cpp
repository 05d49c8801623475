#include "backend/cpu/isa_table.h"

namespace hearth::cpu {

std::span<const IsaKernels> isa_table() {
  static constexpr IsaKernels kTable[] = {
      {Isa::kScalar, "portable", scalar_kernels},
      {Isa::kAvx2, "AVX2", avx2_kernels},
      {Isa::kAvx2Vnni, "AVX2 and AVX-VNNI", avx2_vnni_kernels},
      {Isa::kAvx512Bw, "AVX-512", avx512_bw_kernels},
      {Isa::kAvx512, "AVX-512 VNNI", avx512_kernels},
      {Isa::kAmx, "AMX and AVX-512 VNNI", amx_kernels},
  };
  return kTable;
}

}  // namespace hearth::cpu
