#pragma once

#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/blocks/attention.h"
#include "models/blocks/latent_attention.h"
#include "models/blocks/mixture.h"
#include "models/blocks/mlp.h"
#include "models/blocks/state_space.h"

namespace hearth {

using MixerSpec = std::variant<AttentionSpec, LatentAttentionSpec, StateSpaceSpec>;
using FeedForwardSpec = std::variant<MlpSpec, MixtureSpec>;

/// A layer of a decoder as data: x += mix(norm(x)), then x += transform(norm(x)), each perhaps normed once
/// more before it joins x; in parallel, both see the x before either was added. Two mixers see the same
/// norm(x), and both join x. A layer may have no feed-forward.
struct LayerSpec {
  MixerSpec mixer;
  std::optional<MixerSpec> second_mixer = std::nullopt;
  BlockNorms mixer_norms{"attn_norm"};
  std::optional<FeedForwardSpec> feed_forward;
  BlockNorms feed_forward_norms{"ffn_norm"};
  bool parallel = false;
};

/// The one or two that a layer has.
std::vector<const MixerSpec*> mixers_of(const LayerSpec& layer);

/// What a mixer keeps of earlier positions.
CacheSpec cache_spec(const MixerSpec& mixer);

/// What an architecture says of layer `index`.
using LayerSpecOf = std::function<LayerSpec(const ModelConfig& config, size_t index)>;

/// All layers, in order.
std::vector<LayerSpec> layer_specs(const ModelConfig& config, const LayerSpecOf& layer_of);

/// Attention as the config says; what it does not say is left to the architecture.
AttentionSpec attention_spec(const ModelConfig& config, size_t index);

/// The same, of an encoder: a window is twice as wide as what a token sees on either side.
AttentionSpec bidirectional_attention_spec(const ModelConfig& config, size_t index);

/// The state space of the config, which has one.
StateSpaceSpec state_space_spec(const ModelConfig& config);

/// The experts of the config, which has some.
MixtureSpec mixture_spec(const ModelConfig& config);

/// Experts where the config has some in layer `index`.
FeedForwardSpec feed_forward_spec(const ModelConfig& config, size_t index);

/// Nothing but what the config says.
LayerSpec plain_layer(const ModelConfig& config, size_t index);

/// What the config says, with rotary pairs side by side in the rows of q and k, as converters to GGUF order
/// them for llama and others.
LayerSpec paired_layer(const ModelConfig& config, size_t index);

/// Attention and a feed-forward in parallel, which share a norm.
LayerSpec parallel_layer(const ModelConfig& config, AttentionSpec attention, size_t index);

/// Both branches are normed before and once more where they join the residual.
LayerSpec sandwich_layer(const ModelConfig& config, AttentionSpec attention, size_t index);

/// Both branches are normed where they join the residual, and not before.
LayerSpec output_normed_layer(const ModelConfig& config, AttentionSpec attention, size_t index);

/// Of an encoder whose residual is normed after each addition.
LayerSpec post_norm_layer(const ModelConfig& config, size_t index);

/// What the config says, with q and k normed per head.
LayerSpec qk_normed_layer(const ModelConfig& config, size_t index);

/// Layers grouped by what they keep, in order of their first layer.
std::vector<CacheSpec> cache_specs(std::span<const LayerSpec> layers);

}  // namespace hearth
