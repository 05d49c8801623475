#pragma once

#include <memory>

#include "models/blocks/block.h"
#include "models/blocks/layer_loader.h"

namespace hearth {

/// Multi-head latent attention (DeepSeek-AI 2024, arXiv 2405.04434, section 2.1). Keys and values of all
/// heads are products of one latent vector of the position, which alone is kept: a head's matrix of keys is
/// multiplied into its queries, and that of values into what the attention gives, so that all heads attend to
/// the latent itself, as to one head of keys and values. Beside it stands a key that is rotated.
struct LatentAttentionSpec {
  int num_heads = 0;
  int q_rank = 0;  ///< of the queries' own latent; 0: they have none
  int latent_dim = 0;
  int nope_dim = 0;    ///< of a head's queries, not rotated
  int value_dim = 0;   ///< of a head
  float scale = 0.0f;  ///< of q . k
  RopeSpec rope;       ///< its rotary_dim stands behind nope_dim in a head's queries
};

/// The latent lies twice in the cache, among the keys and as the values: kernels read keys with a token in
/// each lane and values with a dimension, and the one form cannot be read as the other at the same speed.
/// It is kept for each position, and so in a paged group as those of other attention.
CacheSpec cache_spec(const LatentAttentionSpec& spec);

/// Loads attn_*, with attn_kv_b as one or as attn_k_b and attn_v_b. Errors: as `TensorLoader`.
Result<std::unique_ptr<Mixer>> load_mixer(const LatentAttentionSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer);

}  // namespace hearth
