// Every kernel, compiled for one instruction set in a namespace of its own. Only plain declarations are
// included: an inline function of a library compiled here could be picked for the whole program.
#include <arm_neon.h>

#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/kernels.h"

namespace hearth::cpu {
namespace neon {
namespace {

// clang-format off: each file builds on the ones before it
#include "backend/cpu/arm/simd_neon.inl"
#include "backend/cpu/arm/dot_neon.inl"
#include "backend/cpu/kernels/all_kernels.inl"
// clang-format on

}  // namespace
}  // namespace neon

const Kernels& neon_kernels() { return neon::kKernels; }

}  // namespace hearth::cpu
