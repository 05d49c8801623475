#include "formats/expert_keys.h"

#include <algorithm>
#include <limits>

namespace hearth {

namespace {

// As in config.cpp: far above any model, and low enough that products of two fit 64 bits.
constexpr Bounds<int> kLayers{1, 4096};
constexpr Bounds<int> kIntermediate{1, 1 << 21};
constexpr Bounds<int> kExperts{0, 4096};
constexpr Bounds<float> kFactor{1e-4f, 1e6f};

int layers_in_file(const ModelConfig& config) { return config.num_hidden_layers + config.num_nextn_layers; }

Status read_expert_groups(const ConfigKeys& keys, ModelConfig& config) {
  config.n_group = std::max(TRY(keys.integer_or("n_group", {0, config.num_experts}, 1)), 1);
  config.topk_group = std::max(TRY(keys.integer_or("topk_group", {0, config.n_group}, config.n_group)), 1);
  const int size = config.num_experts / config.n_group;
  // A group may be worth the sum of its two best.
  const bool is_single = config.n_group == 1;
  if (config.num_experts % config.n_group != 0 || (!is_single && size < 2) ||
      config.topk_group * size < config.num_experts_per_tok) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} is {}, of which {} are taken: not groups that {} of {} experts can be picked from",
                     keys.full("n_group"), config.n_group, config.topk_group, config.num_experts_per_tok,
                     config.num_experts);
  }
  return {};
}

Status read_gating(const ConfigKeys& keys, ModelConfig& config) {
  config.norm_topk_prob = TRY(keys.flag_or("norm_topk_prob", true));
  // 0: not given; 1: softmax; 2: sigmoid.
  const int gating = TRY(keys.integer_or("expert_gating_func", {0, std::numeric_limits<int>::max()}, 0));
  if (gating > 2) {
    return fail(ErrorCode::kUnsupported, "{} is {}, a gating function that this build does not know",
                keys.full("expert_gating_func"), gating);
  }
  config.scoring_func = gating == 2 ? ScoringFunc::kSigmoid : ScoringFunc::kSoftmax;
  config.routed_scaling_factor = TRY(keys.number_or("routed_scaling_factor", kFactor, 1.0f));
  return {};
}

Status read_shared_experts(const ConfigKeys& keys, ModelConfig& config) {
  const int shared = TRY(keys.integer_of_layers_or("n_shared_experts", kExperts, layers_in_file(config), 0));
  const int64_t size = int64_t(shared) * config.moe_intermediate_size;
  config.shared_expert_intermediate_size =
      TRY(keys.integer_or("shared_expert_intermediate_size", {0, kIntermediate.highest},
                          int(std::min<int64_t>(size, kIntermediate.highest))));
  return {};
}

/// All, unless the files list them, or name the first, the last, every how manieth, or ones without.
Status read_expert_layers(const ConfigKeys& keys, ModelConfig& config) {
  const int layers = config.num_hidden_layers;
  const int first = TRY(keys.integer_or("first_k_dense_replace", {0, kLayers.highest}, 0));
  const int last = TRY(keys.integer_or("moe_layer_end_index", {0, kLayers.highest}, layers - 1));
  const int interval = TRY(keys.integer_or("moe_layer_interval", kLayers, 1));
  const auto most = size_t(layers);
  const std::vector<int> dense = TRY(keys.integers("mlp_only_layers", {0, kLayers.highest}, most));
  const std::vector<int> listed = TRY(keys.integers("moe_layers", {0, kLayers.highest}, most));
  const auto contains = [](const std::vector<int>& list, int layer) {
    return std::ranges::find(list, layer) != list.end();
  };
  for (int layer = 0; layer < layers; ++layer) {
    const bool is_in_turn = layer >= first && layer <= last && (layer + 1) % interval == 0;
    const bool has_experts = listed.empty() ? is_in_turn : contains(listed, layer);
    config.expert_layers.push_back(has_experts && !contains(dense, layer));
  }
  return {};
}

}  // namespace

Status read_experts(const ConfigKeys& keys, ModelConfig& config) {
  config.num_experts = TRY(keys.integer_or("num_experts", kExperts, 0));
  if (config.num_experts == 0) {
    config.expert_layers.assign(size_t(config.num_hidden_layers), false);
    return {};
  }
  const int layers = layers_in_file(config);
  config.num_experts_per_tok =
      TRY(keys.integer_of_layers("num_experts_per_tok", {1, config.num_experts}, layers));
  config.moe_intermediate_size = TRY(
      keys.integer_of_layers_or("moe_intermediate_size", kIntermediate, layers, config.intermediate_size));
  TRY(read_gating(keys, config));
  TRY(read_shared_experts(keys, config));
  TRY(read_expert_layers(keys, config));
  return read_expert_groups(keys, config);
}

Status require_experts(const ModelConfig& config, const ConfigKeys& keys) {
  if (config.num_experts > 0) return {};
  return fail(ErrorCode::kCorruptData, "{} is 0 or missing in a model of experts", keys.full("num_experts"));
}

}  // namespace hearth
