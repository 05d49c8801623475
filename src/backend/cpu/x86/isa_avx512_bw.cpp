// Every kernel, compiled for one instruction set in a namespace of its own. Only plain declarations are
// included: an inline function of a library compiled here could be picked for the whole program.
#include <immintrin.h>

#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/kernels.h"

namespace hearth::cpu {
namespace avx512_bw {
namespace {

// clang-format off: each file builds on the ones before it
#include "backend/cpu/x86/simd_avx512.inl"
#include "backend/cpu/kernels/all_kernels.inl"
// clang-format on

}  // namespace
}  // namespace avx512_bw

const Kernels& avx512_bw_kernels() { return avx512_bw::kKernels; }

}  // namespace hearth::cpu
