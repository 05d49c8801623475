// Every kernel, in the vocabulary that was included before.

// clang-format off: each file builds on the ones before it
#include "backend/cpu/math.inl"
#include "backend/cpu/block_sums.inl"
#include "backend/cpu/rows.inl"
#include "backend/cpu/codecs.inl"
#include "backend/cpu/dots.inl"
#include "backend/cpu/whole.inl"
#include "backend/cpu/common_unit.inl"
#include "backend/cpu/records.inl"
#include "backend/cpu/product.inl"
#include "backend/cpu/product_codecs.inl"
#include "backend/cpu/attention.inl"
#include "backend/cpu/table.inl"
// clang-format on
