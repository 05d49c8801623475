// Every kernel for vectors of 256 bits, whose products are tiles of all rows of a panel.

// clang-format off: each file builds on the ones before it
#include "backend/cpu/math.inl"
#include "backend/cpu/x86/block_sums_avx2.inl"
#include "backend/cpu/rows.inl"
#include "backend/cpu/codecs.inl"
#include "backend/cpu/dots.inl"
#include "backend/cpu/whole.inl"
#include "backend/cpu/common_unit.inl"
#include "backend/cpu/records.inl"
#include "backend/cpu/product.inl"
#include "backend/cpu/x86/dots_avx2.inl"
#include "backend/cpu/x86/open_panel_avx2.inl"
#include "backend/cpu/x86/panel_part_avx2.inl"
#include "backend/cpu/x86/product_blocks_avx2.inl"
#include "backend/cpu/x86/product_records_avx2.inl"
#include "backend/cpu/x86/products_avx2.inl"
#include "backend/cpu/attention.inl"
#include "backend/cpu/table.inl"
// clang-format on
