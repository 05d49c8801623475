#pragma once

#include <string_view>

namespace hearth {

/// Instruction sets that kernels are compiled for.
enum class Isa {
  kScalar,    ///< whatever the compiler's baseline is
  kAvx2,      ///< with FMA and F16C
  kAvx2Vnni,  ///< the same, and AVX-VNNI's dot products
  kAvx512Bw,  ///< F, BW, DQ and VL
  kAvx512,    ///< the same, and VNNI
  kAmx,       ///< the same, and AMX with int8 and bfloat16
  kNeon,      ///< with the dot-product extension
  kNeonI8mm,  ///< the same, and int8 matrix multiplication
};

/// "scalar", "avx2", "avx2-vnni", "avx512-bw", "avx512", "amx", "neon", "neon-i8mm": as HEARTH_ISA spells
/// them.
std::string_view to_string(Isa isa);

/// Whether this processor and operating system run it.
bool is_supported(Isa isa);

}  // namespace hearth
