#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

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

/// Those that this processor runs, the best one last.
std::vector<Isa> supported_isas();

/// The one of this name, or the best where the name is empty. Errors: kInvalidArgument for a name that there
/// is not, kUnsupported where this processor does not run it.
Result<Isa> choose_isa(const std::string& name);

}  // namespace hearth
