#include "formats/config.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/printable.h"
#include "formats/gguf/metadata_keys.h"
#include "formats/weights.h"
#include "quant/format.h"

namespace hearth {

namespace {

// Far above any model, and low enough that products of two of them fit 64 bits and work buffers an address
// space.
constexpr Bounds<int> kLayers{1, 4096};
constexpr Bounds<int> kHidden{1, 1 << 18};
constexpr Bounds<int> kIntermediate{1, 1 << 21};
constexpr Bounds<int> kHeads{1, 4096};
constexpr Bounds<int> kHeadDim{1, 1024};
constexpr Bounds<int> kContext{1, 1 << 30};
constexpr Bounds<int> kExperts{0, 4096};
constexpr Bounds<int> kVocab{1, 1 << 23};
constexpr Bounds<float> kEps{1e-12f, 0.1f};
constexpr Bounds<float> kTheta{1.001f, 1e15f};
constexpr Bounds<float> kFactor{1e-4f, 1e6f};
constexpr Bounds<float> kSoftcap{0.0f, 1e6f};
constexpr float kLowestRopeFactor = 1e-6f;  // some models switch a frequency off by a huge one

Status read_sizes(const MetadataKeys& keys, ModelConfig& config) {
  config.num_hidden_layers = TRY(keys.integer("block_count", kLayers));
  const int layers = config.num_hidden_layers;
  config.hidden_size = TRY(keys.integer("embedding_length", kHidden));
  config.intermediate_size = TRY(keys.integer_of_layers("feed_forward_length", kIntermediate, layers));
  config.max_position_embeddings = TRY(keys.integer("context_length", kContext));
  config.rms_norm_eps = TRY(keys.number("attention.layer_norm_rms_epsilon", kEps));
  config.sliding_window = TRY(keys.integer_or("attention.sliding_window", {0, kContext.highest}, 0));
  config.layer_types.assign(size_t(layers), LayerType::kFullAttention);
  return {};
}

Status read_heads(const MetadataKeys& keys, ModelConfig& config) {
  const int layers = config.num_hidden_layers;
  config.num_attention_heads = TRY(keys.integer_of_layers("attention.head_count", kHeads, layers));
  config.num_key_value_heads =
      TRY(keys.integer_of_layers_or("attention.head_count_kv", kHeads, layers, config.num_attention_heads));
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide the {} of {}",
                     keys.full("attention.head_count_kv"), config.num_key_value_heads,
                     config.num_attention_heads, keys.full("attention.head_count"));
  }
  if (!keys.has("attention.key_length") && config.hidden_size % config.num_attention_heads != 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide the {} of {}",
                     keys.full("attention.head_count"), config.num_attention_heads, config.hidden_size,
                     keys.full("embedding_length"));
  }
  const int even_share = std::max(config.hidden_size / config.num_attention_heads, 1);
  config.head_dim = TRY(keys.integer_or("attention.key_length", kHeadDim, even_share));
  config.value_head_dim = TRY(keys.integer_or("attention.value_length", kHeadDim, even_share));
  if (std::max(config.head_dim, config.value_head_dim) > kHeadDim.highest) {
    return fail(ErrorCode::kUnsupported, "{} / {} gives heads of {} dimensions, more than the {} supported",
                keys.full("embedding_length"), keys.full("attention.head_count"), even_share,
                kHeadDim.highest);
  }
  const float usual_scale = 1.0f / std::sqrt(float(config.head_dim));
  config.attention_scale = TRY(keys.number_or("attention.scale", kFactor, usual_scale));
  config.attn_logit_softcapping = TRY(keys.number_or("attn_logit_softcapping", kSoftcap, 0.0f));
  config.final_logit_softcapping = TRY(keys.number_or("final_logit_softcapping", kSoftcap, 0.0f));
  return {};
}

Status read_experts(const MetadataKeys& keys, ModelConfig& config) {
  config.num_experts = TRY(keys.integer_or("expert_count", kExperts, 0));
  if (config.num_experts == 0) return {};
  config.num_experts_per_tok = TRY(keys.integer("expert_used_count", {1, config.num_experts}));
  config.moe_intermediate_size =
      TRY(keys.integer_or("expert_feed_forward_length", kIntermediate, config.intermediate_size));
  config.norm_topk_prob = TRY(keys.flag_or("expert_weights_norm", true));
  // 0: not given; 1: softmax; 2: sigmoid.
  const int gating = TRY(keys.integer_or("expert_gating_func", {0, std::numeric_limits<int>::max()}, 0));
  if (gating > 2) {
    return fail(ErrorCode::kUnsupported, "{} is {}, a gating function that this build does not know",
                keys.full("expert_gating_func"), gating);
  }
  config.scoring_func = gating == 2 ? ScoringFunc::kSigmoid : ScoringFunc::kSoftmax;
  for (const std::string_view key : {"expert_shared_count", "expert_group_count"}) {
    const int count = TRY(keys.integer_or(key, {0, std::numeric_limits<int>::max()}, 0));
    if (count > 1 || (count == 1 && key == "expert_shared_count")) {
      return fail(ErrorCode::kUnsupported, "{} is {}, but only plain routed experts are supported",
                  keys.full(key), count);
    }
  }
  return {};
}

/// A tensor of factors, one for each rotary pair; empty where there is none of that name.
Result<std::vector<float>> read_rope_factors(const Weights& weights, std::string_view name,
                                             const ModelConfig& config) {
  std::vector<float> factors;
  if (weights.find(name) == nullptr) return factors;
  const TensorView view = TRY(weights.get(name, {config.rotary_dim / 2}));
  if (view.dtype != DType::kF32) {
    return fail(ErrorCode::kUnsupported, "tensor {} is of type {}; rope factors must be F32", name,
                dtype_info(view.dtype).name);
  }
  factors.resize(size_t(view.shape.size()));
  decode_blocks(view.dtype, view.data.data(), view.shape.size(), factors.data());
  for (size_t i = 0; i < factors.size(); ++i) {
    if (std::isfinite(factors[i]) && factors[i] >= kLowestRopeFactor) continue;
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tensor {} holds {} at {}, but factors are finite and at least {}", name, factors[i], i,
                     kLowestRopeFactor);
  }
  return factors;
}

double yarn_magnitude(double factor, double multiplier) {
  return factor <= 1.0 ? 1.0 : 0.1 * multiplier * std::log(factor) + 1.0;
}

Status read_yarn(const MetadataKeys& keys, RopeScaling& scaling) {
  scaling.beta_fast = TRY(keys.number_or("rope.scaling.yarn_beta_fast", kFactor, 32.0f));
  scaling.beta_slow = TRY(keys.number_or("rope.scaling.yarn_beta_slow", kFactor, 1.0f));
  const float all_dims = TRY(keys.number_or("rope.scaling.yarn_log_multiplier", {0.0f, 100.0f}, 0.0f));
  const double magnitude =
      yarn_magnitude(scaling.factor, 1.0) / (all_dims > 0 ? yarn_magnitude(scaling.factor, all_dims) : 1.0);
  scaling.attention_factor *= float(magnitude);
  return {};
}

Status read_rope_scaling(const MetadataKeys& keys, const Weights& weights, ModelConfig& config) {
  RopeScaling& scaling = config.rope_scaling;
  scaling.factor = TRY(keys.number_or("rope.scale_linear", kFactor, 1.0f));
  scaling.factor = TRY(keys.number_or("rope.scaling.factor", kFactor, scaling.factor));
  scaling.attention_factor = TRY(keys.number_or("rope.scaling.attn_factor", kFactor, 1.0f));
  scaling.original_max_position_embeddings =
      TRY(keys.integer_or("rope.scaling.original_context_length", kContext, config.max_position_embeddings));
  scaling.freq_factors = TRY(read_rope_factors(weights, "rope_freqs.weight", config));
  scaling.short_factors = TRY(read_rope_factors(weights, "rope_factors_short.weight", config));
  scaling.long_factors = TRY(read_rope_factors(weights, "rope_factors_long.weight", config));
  if (scaling.short_factors.empty() != scaling.long_factors.empty()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "of rope_factors_short.weight and rope_factors_long.weight, one is missing");
  }
  const std::string_view type = TRY(keys.text_or("rope.scaling.type", "linear"));
  if (type == "yarn") {
    scaling.type = RopeScaling::Type::kYarn;
    return read_yarn(keys, scaling);
  }
  if (!scaling.long_factors.empty()) {
    scaling.type = RopeScaling::Type::kLongRope;
  } else if (type == "longrope") {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} is longrope, but the tensor rope_factors_long.weight is missing",
                     keys.full("rope.scaling.type"));
  } else if (type == "linear" && scaling.factor != 1.0f) {
    scaling.type = RopeScaling::Type::kLinear;
  } else if (type != "linear" && type != "none") {
    return fail(ErrorCode::kUnsupported, "{} is {}; linear, yarn, longrope and none are supported",
                keys.full("rope.scaling.type"), quoted(type));
  } else if (!scaling.freq_factors.empty()) {
    scaling.type = RopeScaling::Type::kLlama3;
  }
  return {};
}

Status read_rope(const MetadataKeys& keys, const Weights& weights, ModelConfig& config) {
  config.rotary_dim = TRY(keys.integer_or("rope.dimension_count", {2, config.head_dim}, config.head_dim));
  if (config.rotary_dim % 2 != 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} dimensions of a head are rotated, but they are rotated in pairs ({})",
                     config.rotary_dim, keys.full("rope.dimension_count"));
  }
  config.rope_theta = TRY(keys.number_or("rope.freq_base", kTheta, 10000.0f));
  return read_rope_scaling(keys, weights, config);
}

/// What the presence and the shapes of tensors say.
Status read_tensors(const Weights& weights, ModelConfig& config) {
  const TensorView* table = weights.find("token_embd.weight");
  if (table == nullptr)
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the tensor token_embd.weight is missing");
  const int64_t rows = table->shape.rank() == 2 ? table->shape.rows() : 0;
  if (rows < kVocab.lowest || rows > kVocab.highest) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tensor token_embd.weight has {} rows; a vocabulary has {} to {}", rows, kVocab.lowest,
                     kVocab.highest);
  }
  config.vocab_size = int(rows);
  const MetadataKeys keys(weights.metadata(), "tokenizer.ggml", no_log());
  const size_t tokens = TRY(keys.array_size("tokens"));
  if (tokens > size_t(rows)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tokenizer.ggml.tokens has {} entries but token_embd.weight {} rows", tokens, rows);
  }
  const auto has = [&](std::string_view name) { return weights.find(name) != nullptr; };
  config.tie_word_embeddings = !has("output.weight");
  config.attention_bias = has("blk.0.attn_q.bias") || has("blk.0.attn_qkv.bias");
  config.attention_output_bias = has("blk.0.attn_output.bias");
  config.mlp_bias = has("blk.0.ffn_up.bias");
  return {};
}

}  // namespace

Result<std::string> read_architecture(const Weights& weights) {
  const std::string_view name = TRY(weights.metadata().get<std::string_view>("general.architecture"));
  const bool is_name = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
  if (!is_name) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "general.architecture is {}, which is no name of one", quoted(name));
  }
  return std::string(name);
}

Result<ModelConfig> read_config(const Weights& weights, const LogSink& log) {
  ModelConfig config;
  config.architecture = TRY(read_architecture(weights));
  const MetadataKeys keys(weights.metadata(), config.architecture, log);
  config.name =
      MetadataKeys(weights.metadata(), "general", log).usable<std::string_view>("name").value_or("");
  TRY(read_sizes(keys, config));
  TRY(read_heads(keys, config));
  TRY(read_experts(keys, config));
  TRY(read_rope(keys, weights, config));
  TRY(read_tensors(weights, config));
  if (!TRY(keys.flag_or("attention.causal", true))) {
    return fail(ErrorCode::kUnsupported, "{} is false: this is no decoder", keys.full("attention.causal"));
  }
  return config;
}

Status set_sliding_layers(ModelConfig& config, const Weights& weights, const LogSink& log, int period) {
  if (config.sliding_window == 0) return {};
  const MetadataKeys keys(weights.metadata(), config.architecture, log);
  const std::string key = keys.full("attention.sliding_window_pattern");
  const MetadataValue* found = weights.metadata().find(key);
  std::optional<MetadataArray> flags = found != nullptr ? found->as<MetadataArray>() : std::nullopt;
  if (flags && flags->size() == 0) flags.reset();
  if (!flags) period = TRY(keys.integer_or("attention.sliding_window_pattern", {0, kLayers.highest}, period));
  if (flags && flags->size() != config.layer_types.size()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries for {} layers", key,
                     flags->size(), config.layer_types.size());
  }
  if (flags && flags->element_type() != MetadataType::kBool) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is an array of {}, but must be of bool", key,
                     to_string(flags->element_type()));
  }
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    const bool slides = flags ? *(*flags)[layer].as<bool>() : period == 0 || int(layer) % period < period - 1;
    config.layer_types[layer] = slides ? LayerType::kSlidingAttention : LayerType::kFullAttention;
  }
  return {};
}

}  // namespace hearth
