// Every kernel, compiled for one instruction set in a namespace of its own. Only plain declarations are
// included: an inline function of a library compiled here could be picked for the whole program.
#include <immintrin.h>

#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/kernels.h"

namespace hearth::cpu {
namespace avx2 {
namespace {

// clang-format off: each file builds on the ones before it
#include "backend/cpu/x86/simd_avx2.inl"
#include "backend/cpu/x86/all_kernels_avx2.inl"
// clang-format on

}  // namespace
}  // namespace avx2

const Kernels& avx2_kernels() { return avx2::kKernels; }

}  // namespace hearth::cpu
