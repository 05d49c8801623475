// Every kernel for vectors of 256 bits, whose products are tiles of all rows of a panel.

// clang-format off: each file builds on the ones before it
#include "backend/cpu/kernels/math.inl"
#include "backend/cpu/x86/block_sums_avx2.inl"
#include "backend/cpu/kernels/rows.inl"
#include "backend/cpu/kernels/codecs.inl"
#include "backend/cpu/kernels/dots.inl"
#include "backend/cpu/kernels/whole.inl"
#include "backend/cpu/kernels/common_unit.inl"
#include "backend/cpu/kernels/records.inl"
#include "backend/cpu/kernels/product.inl"
#include "backend/cpu/x86/dots_avx2.inl"
#include "backend/cpu/x86/open_panel_avx2.inl"
#include "backend/cpu/x86/panel_part_avx2.inl"
#include "backend/cpu/x86/product_blocks_avx2.inl"
#include "backend/cpu/x86/product_records_avx2.inl"
#include "backend/cpu/x86/products_avx2.inl"
#include "backend/cpu/kernels/attention.inl"
#include "backend/cpu/kernels/state_space.inl"
#include "backend/cpu/kernels/table.inl"
// clang-format on
