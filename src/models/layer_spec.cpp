#include "models/layer_spec.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

Activation activation_of(const ModelConfig& config) {
  switch (config.hidden_act) {
    case HiddenAct::kSilu:
      return Activation::kSilu;
    case HiddenAct::kGelu:
      return Activation::kGelu;
    case HiddenAct::kGeluTanh:
      return Activation::kGeluTanh;
    case HiddenAct::kSquaredRelu:
      return Activation::kSquaredRelu;
    case HiddenAct::kXielu:
      return Activation::kXielu;
  }
  return Activation::kSilu;
}

/// Of layers with a window, by a base of their own where the model has one.
RopeSpec rope_spec(const ModelConfig& config, size_t index) {
  if (!config.rope_layers.empty() && !config.rope_layers[index]) return {};
  const bool sliding = config.layer_types[index] == LayerType::kSlidingAttention;
  if (sliding && config.rope_local_base_freq > 0)
    return {.rotary_dim = config.rotary_dim, .theta = config.rope_local_base_freq, .scaling = {}};
  return {.rotary_dim = config.rotary_dim, .theta = config.rope_theta, .scaling = config.rope_scaling};
}

LayerSizes sizes_of(const ModelConfig& config, size_t index) {
  if (!config.layer_sizes.empty()) return config.layer_sizes[index];
  return {config.num_attention_heads, config.num_key_value_heads, config.intermediate_size};
}

Gating gating_of(const ModelConfig& config) {
  switch (config.scoring_func) {
    case ScoringFunc::kSoftmax:
      return Gating::kSoftmax;
    case ScoringFunc::kSigmoid:
      return Gating::kSigmoid;
    case ScoringFunc::kSparseMixer:
      return Gating::kSparseMixer;
  }
  return Gating::kSoftmax;
}

}  // namespace

std::vector<LayerSpec> layer_specs(const ModelConfig& config, const LayerSpecOf& layer_of) {
  std::vector<LayerSpec> layers;
  for (size_t index = 0; index < size_t(config.num_hidden_layers); ++index) {
    layers.push_back(layer_of(config, index));
  }
  return layers;
}

AttentionSpec attention_spec(const ModelConfig& config, size_t index) {
  const LayerSizes sizes = sizes_of(config, index);
  const LayerType type = config.layer_types[index];
  return {.num_heads = sizes.num_attention_heads,
          .num_kv_heads = sizes.num_key_value_heads,
          .key_dim = config.head_dim,
          .value_dim = config.value_head_dim,
          .window = type == LayerType::kFullAttention ? 0 : config.sliding_window,
          .is_chunked = type == LayerType::kChunkedAttention,
          .scale = config.attention_scale,
          .softcap = config.attn_logit_softcapping,
          .rope = rope_spec(config, index),
          .qkv_bias = config.attention_bias,
          .output_bias = config.attention_output_bias,
          .clip = config.clip_qkv,
          .alibi_bias_max = config.alibi_bias_max};
}

StateSpaceSpec state_space_spec(const ModelConfig& config) {
  const StateSpaceConfig& sizes = config.state_space;
  return {.shape = {.num_heads = sizes.num_heads,
                    .head_dim = sizes.inner_size / sizes.num_heads,
                    .state_size = sizes.state_size,
                    .num_groups = sizes.num_groups,
                    .conv_kernel = sizes.conv_kernel}};
}

MixtureSpec mixture_spec(const ModelConfig& config) {
  return {.num_experts = config.num_experts,
          .num_experts_per_tok = config.num_experts_per_tok,
          .intermediate_size = config.moe_intermediate_size,
          .gating = gating_of(config),
          .normalize = config.norm_topk_prob,
          .scale = config.routed_scaling_factor,
          .tolerance = config.router_tolerance,
          .groups = {.count = config.n_group,
                     .top_k = config.topk_group,
                     .num_scores = config.scoring_func == ScoringFunc::kSigmoid ? 2 : 1},
          .activation = activation_of(config),
          .selection_bias = config.has_selection_bias,
          .shared = {.intermediate_size = config.shared_expert_intermediate_size}};
}

FeedForwardSpec feed_forward_spec(const ModelConfig& config, size_t index) {
  if (config.num_experts > 0 && config.expert_layers[index]) return mixture_spec(config);
  MlpSpec mlp{.intermediate_size = sizes_of(config, index).intermediate_size,
              .activation = activation_of(config),
              .gated = config.gated_mlp,
              .bias = config.mlp_bias};
  if (mlp.activation == Activation::kXielu) {
    const auto& [alpha_p, alpha_n, beta, eps] = config.xielu[index];
    mlp.xielu = {.alpha_p = alpha_p, .alpha_n = alpha_n, .beta = beta, .eps = eps};
  }
  return mlp;
}

LayerSpec plain_layer(const ModelConfig& config, size_t index) {
  return {.mixer = attention_spec(config, index), .feed_forward = feed_forward_spec(config, index)};
}

LayerSpec paired_layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

LayerSpec parallel_layer(const ModelConfig& config, AttentionSpec attention, size_t index) {
  return {.mixer = std::move(attention),
          .mixer_norms = {"attn_norm"},
          .feed_forward = feed_forward_spec(config, index),
          .feed_forward_norms = {"attn_norm"},
          .parallel = true};
}

LayerSpec sandwich_layer(const ModelConfig& config, AttentionSpec attention, size_t index) {
  return {.mixer = std::move(attention),
          .mixer_norms = {"attn_norm", "post_attention_norm"},
          .feed_forward = feed_forward_spec(config, index),
          .feed_forward_norms = {"ffn_norm", "post_ffw_norm"}};
}

LayerSpec output_normed_layer(const ModelConfig& config, AttentionSpec attention, size_t index) {
  return {.mixer = std::move(attention),
          .mixer_norms = {.before = {}, .after = "post_attention_norm"},
          .feed_forward = feed_forward_spec(config, index),
          .feed_forward_norms = {.before = {}, .after = "post_ffw_norm"}};
}

LayerSpec qk_normed_layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.qk_norm = QkNorm::kPerHead;
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

std::vector<const MixerSpec*> mixers_of(const LayerSpec& layer) {
  std::vector<const MixerSpec*> mixers{&layer.mixer};
  if (layer.second_mixer) mixers.push_back(&*layer.second_mixer);
  return mixers;
}

CacheSpec cache_spec(const MixerSpec& mixer) {
  return std::visit([](const auto& own) { return cache_spec(own); }, mixer);
}

AttentionSpec bidirectional_attention_spec(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.causal = false;
  if (attention.window > 0) attention.window = attention.window / 2 + 1;
  return attention;
}

LayerSpec post_norm_layer(const ModelConfig& config, size_t index) {
  return {.mixer = bidirectional_attention_spec(config, index),
          .mixer_norms = {.before = {}, .joined = "attn_output_norm"},
          .feed_forward = feed_forward_spec(config, index),
          .feed_forward_norms = {.before = {}, .joined = "layer_output_norm"}};
}

std::vector<CacheSpec> cache_specs(std::span<const LayerSpec> layers) {
  std::vector<CacheSpec> groups;
  for (size_t index = 0; index < layers.size(); ++index) {
    for (const MixerSpec* mixer : mixers_of(layers[index])) {
      CacheSpec kept = cache_spec(*mixer);
      auto group =
          std::ranges::find_if(groups, [&](const CacheSpec& other) { return other.keeps_same_as(kept); });
      if (group == groups.end()) group = groups.insert(groups.end(), std::move(kept));
      group->layers.push_back(int(index));
    }
  }
  return groups;
}

}  // namespace hearth
