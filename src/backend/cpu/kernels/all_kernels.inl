// Every kernel, in the vocabulary that was included before.

// clang-format off: each file builds on the ones before it
#include "backend/cpu/kernels/math.inl"
#include "backend/cpu/kernels/block_sums.inl"
#include "backend/cpu/kernels/rows.inl"
#include "backend/cpu/kernels/codecs.inl"
#include "backend/cpu/kernels/dots.inl"
#include "backend/cpu/kernels/whole.inl"
#include "backend/cpu/kernels/common_unit.inl"
#include "backend/cpu/kernels/records.inl"
#include "backend/cpu/kernels/product.inl"
#include "backend/cpu/kernels/product_codecs.inl"
#include "backend/cpu/kernels/attention.inl"
#include "backend/cpu/kernels/state_space.inl"
#include "backend/cpu/kernels/table.inl"
// clang-format on
