#pragma once

#include <variant>

#include "models/decoder.h"
#include "models/tensor_loader.h"

namespace hearth {

/// The attention sublayer of layer `index`: blk.N.attn_*. Errors: as `TensorLoader`.
Result<Attention> load_attention(TensorLoader& tensors, Backend& backend, const ModelConfig& config,
                                 const DecoderTraits& traits, size_t index);

/// Its feed-forward sublayer: blk.N.ffn_*, experts where the config has some. Errors: as `TensorLoader`.
Result<std::variant<Mlp, Moe>> load_feed_forward(TensorLoader& tensors, Backend& backend,
                                                 const ModelConfig& config, const DecoderTraits& traits,
                                                 size_t index);

}  // namespace hearth
