#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/activations.h"
#include "backend/cpu/kernels/attention_kernels.h"
#include "backend/cpu/kernels/panel.h"
#include "backend/cpu/kernels/state_space_kernels.h"

namespace hearth::cpu {

/// A tile of columns of a product, and where its sums go.
struct ProductTile {
  ActivationTile in;
  float* out;  ///< column 0's output row 0 of the slice
};

/// out[c][row] (+)= sum over k + bias, for the rows of panels [first_panel, last_panel) and the columns of
/// every tile.
struct ProductArgs {
  const PackedSlice* slice;
  int64_t k;
  int64_t first_panel, last_panel;
  const ProductTile* tiles;
  int64_t num_tiles;
  int64_t out_stride;  ///< from one column to the next
  const float* bias;   ///< of the slice's row 0, or null
  bool accumulate;
};

/// Of xIELU, as in ops.h.
struct XieluArgs {
  float alpha_p, alpha_n, beta, eps;
};

/// The kernels of one instruction set. Every entry rounds alike on every instruction set, but for products of
/// half precision where a matrix unit sums them.
struct Kernels {
  int tile_width;    ///< widest ActivationTile the products take
  int even_tiles;    ///< up to so many tiles are made alike wide, where a narrow one would cost as much as a
                     ///< wide one
  int matrix_width;  ///< narrowest one that a matrix unit multiplies; narrower ones are 1, 2, 4 .. wide
  int lone_record_width;  ///< a wider one that vectors multiply with codecs with records, if it is the only
                          ///< one

  /// out = in / rms * weight, [cols].
  void (*rms_norm)(const float* in, const float* weight, float eps, int64_t cols, float* out);
  /// out = (in - mean) / deviation * weight + bias, [cols]; bias may be null.
  void (*layer_norm)(const float* in, const float* weight, const float* bias, float eps, int64_t cols,
                     float* out);
  /// out = act(gate) * up, [cols]; activation as in ops.h.
  void (*gate)(int activation, const float* gate, const float* up, int64_t cols, float* out);
  /// out = xielu(in), [cols].
  void (*xielu)(const XieluArgs& args, const float* in, int64_t cols, float* out);
  /// out = act(in), [cols].
  void (*activate)(int activation, const float* in, int64_t cols, float* out);
  /// Quantises inputs [0, k) of column `lane` of a tile, k a multiple of 32. `by_column`: see ActivationTile.
  void (*quantize)(const float* in, int64_t k, int width, int lane, bool by_column, int8_t* values,
                   float* scales, float* sums, int32_t* starts);
  /// The same for codecs with records, k a multiple of 256.
  void (*quantize_records)(const float* in, int64_t k, int width, int lane, bool by_column, int8_t* values,
                           float* scales, float* sums, int32_t* starts);
  /// Cuts inputs [0, k) of column `lane` of a tile into bfloat16s. Null where products of half precision read
  /// floats.
  void (*split_halves)(const float* in, int64_t k, int width, int lane, uint16_t* splits);
  void (*product[kNumCodecs])(const ProductArgs&);
  void (*attention_chunk)(const AttentionChunkArgs&);
  /// Decodes keys or values of a chunk to binary32, [blocks][dims][32] or [blocks][32][dims].
  void (*attention_expand)(const AttentionExpandArgs&);
  /// quants [32 * groups], scales [groups] and sums [groups] of one query, [32 * groups].
  void (*attention_quantize)(const float* query, int groups, int8_t* quants, float* scales, int32_t* sums);
  /// Folds the chunk (highest, total, out) into the running triple (all [value_dim] long rows).
  void (*attention_merge)(int value_dim, float chunk_highest, float chunk_total, const float* chunk_out,
                          float* highest, float* total, float* out);
  /// out = in * factor, [count].
  void (*scale)(const float* in, float factor, int64_t count, float* out);
  void (*state_space_conv)(const StateSpaceConvArgs&);
  /// step = softplus(dt + dt_bias), decay = exp(step * a), [heads].
  void (*state_space_steps)(const float* dt, const float* dt_bias, const float* a, int64_t heads, float* step,
                            float* decay);
  void (*state_space_scan)(const StateSpaceScanArgs&);
};

const Kernels& scalar_kernels();
const Kernels& avx2_kernels();
const Kernels& avx2_vnni_kernels();
const Kernels& avx512_bw_kernels();
const Kernels& avx512_kernels();
const Kernels& amx_kernels();
const Kernels& neon_kernels();
const Kernels& neon_i8mm_kernels();

}  // namespace hearth::cpu
