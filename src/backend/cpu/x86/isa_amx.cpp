// Products for processors with AMX; every other kernel, and every product of quantised weights with fewer
// than 16 columns, is AVX-512's. Only plain declarations are included: an inline function of a library
// compiled here could be picked for the whole program.
#include <immintrin.h>

#include "backend/cpu/kernels/codebooks.h"
#include "backend/cpu/kernels/kernels.h"

namespace hearth::cpu {
namespace amx {
namespace {

// clang-format off: each file builds on the ones before it
#include "backend/cpu/x86/simd_avx512.inl"
#include "backend/cpu/kernels/codecs.inl"
#include "backend/cpu/kernels/dots.inl"
#include "backend/cpu/kernels/whole.inl"
#include "backend/cpu/kernels/common_unit.inl"
#include "backend/cpu/kernels/records.inl"
#include "backend/cpu/kernels/product.inl"
#include "backend/cpu/x86/tiles.inl"
#include "backend/cpu/x86/panels_amx.inl"
#include "backend/cpu/x86/product_amx.inl"
#include "backend/cpu/x86/product_halves_amx.inl"
#include "backend/cpu/x86/product_stream_amx.inl"
#include "backend/cpu/x86/open_record_amx.inl"
#include "backend/cpu/x86/product_records_amx.inl"
#include "backend/cpu/x86/products_amx.inl"
// clang-format on

Kernels kernels() {
  Kernels all = avx512_kernels();
  all.tile_width = kColumns;
  all.even_tiles = int(kMostStreams);
  all.matrix_width = kNarrowest;
  all.lone_record_width = kTileWidth;
  all.split_halves = split_halves;
  constexpr decltype(Kernels::product) kProducts = {
      product_singles<FloatF32>,   product_halves<PairedF16>,     product_halves<PairedBf16>,
      product_singles<FloatE4m3>,  product_tiles<Codec::kU4>,     product_tiles<Codec::kU4Min>,
      product_tiles<Codec::kU5>,   product_tiles<Codec::kU5Min>,  product_tiles<Codec::kU8>,
      product_tiles<Codec::kLut4>, product_tiles<Codec::kLut4Mx>, product_tiles<Codec::kLut4K>,
      product_tiles<Codec::kK2>,   product_tiles<Codec::kK3>,     product_tiles<Codec::kK4>,
      product_tiles<Codec::kK5>,   product_tiles<Codec::kK6>,
  };
  for (int codec = 0; codec < kNumCodecs; ++codec) all.product[codec] = kProducts[codec];
  return all;
}

}  // namespace
}  // namespace amx

const Kernels& amx_kernels() {
  static const Kernels kKernels = amx::kernels();
  return kKernels;
}

}  // namespace hearth::cpu
