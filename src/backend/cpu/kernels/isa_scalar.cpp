// Every kernel, compiled for one instruction set in a namespace of its own. Only plain declarations are
// included: an inline function of a library compiled here could be picked for the whole program.
#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/kernels.h"

namespace hearth::cpu {
namespace scalar {
namespace {

// clang-format off: each file builds on the ones before it
#include "backend/cpu/kernels/simd_scalar.inl"
#include "backend/cpu/kernels/all_kernels.inl"
// clang-format on

}  // namespace
}  // namespace scalar

const Kernels& scalar_kernels() { return scalar::kKernels; }

}  // namespace hearth::cpu
