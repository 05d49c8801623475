#pragma once

#include <memory>

#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"
#include "models/blocks/qk_norm.h"

namespace hearth {

/// What the products of queries, keys and values are multiplied by.
struct QkvScale {
  float q = 1.0f, k = 1.0f, v = 1.0f;
};

/// Self-attention with grouped queries over a paged cache, with rotary embedding.
struct AttentionSpec {
  int num_heads = 0;
  int num_kv_heads = 0;  ///< divides num_heads
  int key_dim = 0;       ///< of a head; of queries too
  int value_dim = 0;
  int window = 0;           ///< less than so far a token sees; 0: all
  bool is_chunked = false;  ///< of those, it sees what is of its chunk of the window's size
  float scale = 0.0f;       ///< of q . k
  float softcap = 0.0f;     ///< 0: none
  RopeSpec rope;            ///< rotary_dim 0: nothing is rotated
  RopeLayout rope_layout = RopeLayout::kHalves;  ///< of the file's rows
  QkNorm qk_norm = QkNorm::kNone;
  QkvScale qkv_scale = {};
  QueryScaling query_scaling = {};
  float out_scale = 1.0f;  ///< of what attention gives, before the last product
  bool qkv_bias = false;
  bool output_bias = false;
  bool causal = true;
  bool sinks = false;            ///< each head has a learned score beside those of the positions
  bool norm_after_rope = false;  ///< of q and k per head
  bool sub_norm = false;         ///< what all heads give is normed before the last product
  float clip = 0.0f;             ///< q, k and v are clamped to +- that; 0: they are not
  float alibi_bias_max = 0.0f;   ///< see `alibi_slopes`; 0: scores have no biases
};

CacheSpec cache_spec(const AttentionSpec& spec);

/// Loads attn_*. Errors: as `TensorLoader`.
Result<std::unique_ptr<Mixer>> load_mixer(const AttentionSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer);

}  // namespace hearth
