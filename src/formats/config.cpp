#include "formats/config.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "formats/expert_keys.h"
#include "formats/state_space_keys.h"
#include "formats/xielu_keys.h"

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
constexpr Bounds<int> kVocab{1, 1 << 23};
constexpr Bounds<int> kLabels{1, 4096};
constexpr std::string_view kEmbedding = "token_embd.weight";
constexpr Bounds<float> kEps{1e-12f, 0.1f};
constexpr Bounds<float> kTheta{1.001f, 1e15f};
constexpr Bounds<float> kFactor{1e-4f, 1e6f};
constexpr Bounds<float> kSoftcap{0.0f, 1e6f};

/// A number of all layers, or where they may differ, of the first.
Result<int> first_of_layers(const ConfigKeys& keys, const LayerParts& parts, std::string_view key,
                            Bounds<int> bounds, int layers) {
  if (!parts.may_differ) return keys.integer_of_layers(key, bounds, layers);
  return TRY(keys.integers_of_layers(key, bounds, layers)).front();
}

Status check_heads(const ConfigKeys& keys, int heads, int key_value_heads) {
  if (heads % key_value_heads == 0) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide the {} of {}",
                   keys.full("num_key_value_heads"), key_value_heads, heads,
                   keys.full("num_attention_heads"));
}

/// Of layers that differ.
Status read_layer_sizes(const ConfigKeys& keys, ModelConfig& config) {
  const int layers = config.num_hidden_layers;
  const auto heads = TRY(keys.integers_of_layers("num_attention_heads", kHeads, layers));
  const auto kv_heads = keys.has("num_key_value_heads")
                            ? TRY(keys.integers_of_layers("num_key_value_heads", kHeads, layers))
                            : heads;
  const auto intermediate = TRY(keys.integers_of_layers("intermediate_size", kIntermediate, layers));
  std::vector<LayerSizes> sizes;
  for (size_t layer = 0; layer < heads.size(); ++layer) {
    TRY(check_heads(keys, heads[layer], kv_heads[layer]));
    sizes.push_back({heads[layer], kv_heads[layer], intermediate[layer]});
  }
  if (std::ranges::adjacent_find(sizes, std::ranges::not_equal_to()) != sizes.end())
    config.layer_sizes = std::move(sizes);
  return {};
}

Status read_sizes(const ConfigKeys& keys, const LayerParts& parts, ModelConfig& config) {
  const int layers = TRY(keys.integer("num_hidden_layers", kLayers));
  config.num_nextn_layers = TRY(keys.integer_or("nextn_predict_layers", {0, layers - 1}, 0));
  config.num_hidden_layers = layers - config.num_nextn_layers;
  config.hidden_size = TRY(keys.integer("hidden_size", kHidden));
  if (parts.feed_forward) {
    const bool is_given = parts.mlp_ratio == 0 || keys.has("intermediate_size");
    config.intermediate_size =
        is_given ? TRY(first_of_layers(keys, parts, "intermediate_size", kIntermediate, layers))
                 : parts.mlp_ratio * config.hidden_size;
  }
  config.max_position_embeddings = TRY(keys.integer("max_position_embeddings", kContext));
  config.norm_type = parts.layer_norm ? NormType::kLayerNorm : NormType::kRmsNorm;
  config.norm_bias = parts.layer_norm;
  const bool has_own_eps = parts.layer_norm && (keys.has("layer_norm_eps") || !keys.has("rms_norm_eps"));
  config.norm_eps = TRY(keys.number(has_own_eps ? "layer_norm_eps" : "rms_norm_eps", kEps));
  config.sliding_window = TRY(keys.integer_or("sliding_window", {0, kContext.highest}, 0));
  config.layer_types.assign(size_t(config.num_hidden_layers), LayerType::kFullAttention);
  return {};
}

/// What files say of the activation; some architectures set it themselves.
Status read_activation(const ConfigKeys& keys, const LayerParts& parts, ModelConfig& config) {
  constexpr std::pair<std::string_view, HiddenAct> kActs[] = {{"silu", HiddenAct::kSilu},
                                                              {"swish", HiddenAct::kSilu},
                                                              {"swiglu", HiddenAct::kSilu},
                                                              {"gelu", HiddenAct::kGelu},
                                                              {"gelu_pytorch_tanh", HiddenAct::kGeluTanh},
                                                              {"gelu_new", HiddenAct::kGeluTanh},
                                                              {"gelu_fast", HiddenAct::kGeluTanh},
                                                              {"relu2", HiddenAct::kSquaredRelu},
                                                              {"xielu", HiddenAct::kXielu}};
  const std::string_view act = TRY(keys.text_or("hidden_act", parts.hidden_act));
  const auto* found = std::ranges::find(kActs, act, &std::pair<std::string_view, HiddenAct>::first);
  if (found == std::end(kActs)) {
    return fail(ErrorCode::kUnsupported,
                "{} is {}; silu, gelu, gelu_pytorch_tanh, relu2 and xielu are supported",
                keys.full("hidden_act"), quoted(act));
  }
  config.hidden_act = found->second;
  return {};
}

Status read_heads(const ConfigKeys& keys, const LayerParts& parts, ModelConfig& config) {
  const int layers = config.num_hidden_layers + config.num_nextn_layers;
  config.num_attention_heads = TRY(first_of_layers(keys, parts, "num_attention_heads", kHeads, layers));
  const std::optional<ConfigValue> kv_heads = keys.find("num_key_value_heads");
  const bool is_array = kv_heads && kv_heads->is_array() && kv_heads->size() > 0;
  config.num_key_value_heads =
      is_array ? TRY(first_of_layers(keys, parts, "num_key_value_heads", kHeads, layers))
               : TRY(keys.integer_or("num_key_value_heads", kHeads, config.num_attention_heads));
  TRY(check_heads(keys, config.num_attention_heads, config.num_key_value_heads));
  if (!keys.has("head_dim") && config.hidden_size % config.num_attention_heads != 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide the {} of {}",
                     keys.full("num_attention_heads"), config.num_attention_heads, config.hidden_size,
                     keys.full("hidden_size"));
  }
  const int even_share = std::max(config.hidden_size / config.num_attention_heads, 1);
  config.head_dim = TRY(keys.integer_or("head_dim", kHeadDim, even_share));
  config.value_head_dim = TRY(keys.integer_or("v_head_dim", kHeadDim, even_share));
  if (std::max(config.head_dim, config.value_head_dim) > kHeadDim.highest) {
    return fail(ErrorCode::kUnsupported, "{} / {} gives heads of {} dimensions, more than the {} supported",
                keys.full("hidden_size"), keys.full("num_attention_heads"), even_share, kHeadDim.highest);
  }
  const float usual_scale = 1.0f / std::sqrt(float(config.head_dim));
  config.attention_scale = TRY(keys.number_or("attention_multiplier", kFactor, usual_scale));
  config.attn_logit_softcapping = TRY(keys.number_or("attn_logit_softcapping", kSoftcap, 0.0f));
  config.final_logit_softcapping = TRY(keys.number_or("final_logit_softcapping", kSoftcap, 0.0f));
  return {};
}

Status read_rope(const ConfigKeys& keys, ModelConfig& config) {
  const float share = TRY(keys.number_or("partial_rotary_factor", {1e-3f, 1.0f}, 1.0f));
  const int usual = int(float(config.head_dim) * share);
  config.rotary_dim = TRY(keys.integer_or("rotary_dim", {2, config.head_dim}, usual));
  if (config.rotary_dim % 2 != 0 || config.rotary_dim == 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} dimensions of a head are rotated, but they are rotated in pairs ({})",
                     config.rotary_dim, keys.full("rotary_dim"));
  }
  config.rope_theta = TRY(keys.number_or("rope_theta", kTheta, 10000.0f));
  return {};
}

/// Of the head that makes scores; 0 where there is none.
Result<int> read_num_labels(const TensorSet& tensors) {
  constexpr std::string_view kHead = "cls.output.weight";
  const StoredTensor* head = tensors.find(kHead);
  if (head == nullptr) return 0;
  const int64_t rows = head->shape.rank() == 2 ? head->shape.rows() : 0;
  if (rows >= kLabels.lowest && rows <= kLabels.highest) return int(rows);
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "tensor {} has {} rows; a head has {} to {}",
                   tensors.spelling(kHead), rows, kLabels.lowest, kLabels.highest);
}

/// Positions up to that of padding are no token's.
Status drop_padding_positions(const ConfigKeys& keys, ModelConfig& config) {
  config.max_position_embeddings -= TRY(keys.integer("pad_token_id", {0, kVocab.highest})) + 1;
  if (config.max_position_embeddings > 0) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "{} leaves no positions behind that of padding ({})", keys.full("max_position_embeddings"),
                   keys.full("pad_token_id"));
}

/// What the presence and the shapes of tensors say.
Status read_tensors(const TensorSet& tensors, ModelConfig& config) {
  const StoredTensor* table = tensors.find(kEmbedding);
  if (table == nullptr) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the tensor {} is missing",
                     tensors.spelling(kEmbedding));
  }
  const int64_t rows = table->shape.rank() == 2 ? table->shape.rows() : 0;
  if (rows < kVocab.lowest || rows > kVocab.highest) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tensor {} has {} rows; a vocabulary has {} to {}", tensors.spelling(kEmbedding), rows,
                     kVocab.lowest, kVocab.highest);
  }
  config.vocab_size = int(rows);
  const auto has = [&](std::string_view name) { return tensors.find(name) != nullptr; };
  config.num_labels = TRY(read_num_labels(tensors));
  config.tie_word_embeddings = !has("output.weight");
  if (const StoredTensor* positions = tensors.find("position_embd.weight")) {
    const bool is_matrix = positions->shape.rank() == 2 && positions->shape.rows() <= kContext.highest;
    config.num_learned_positions = is_matrix ? int(positions->shape.rows()) : 0;
  }
  config.embedding_norm = has("token_embd_norm.weight");
  config.two_parallel_norms = has("blk.0.attn_norm_2.weight");
  if (config.norm_type == NormType::kLayerNorm && has("blk.0.attn_norm.weight"))
    config.norm_bias = has("blk.0.attn_norm.bias");
  config.attention_bias = has("blk.0.attn_q.bias") || has("blk.0.attn_qkv.bias");
  config.attention_output_bias = has("blk.0.attn_output.bias");
  config.mlp_bias = has("blk.0.ffn_up.bias");
  config.lm_head_bias = has("output.bias");
  config.has_qk_norm = has("blk.0.attn_q_norm.weight") || has("blk.0.attn_q_norm.0.weight");
  config.state_space.has_norm = has("blk.0.ssm_norm.weight");
  return {};
}

Status check_num_tokens(const ModelFiles& files, const TensorSet& tensors, const ModelConfig& config) {
  const size_t tokens = TRY(files.num_tokens());
  if (tokens <= size_t(config.vocab_size)) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the vocabulary has {} tokens, but {} {} rows",
                   tokens, tensors.spelling(kEmbedding), config.vocab_size);
}

}  // namespace

Result<ModelConfig> read_config(const ModelFiles& files, const CheckpointConventions& conventions,
                                const LogSink& log, const LayerParts& parts) {
  ModelConfig config;
  config.architecture = TRY(files.architecture());
  const ConfigKeys keys = files.config(conventions, log);
  config.name = keys.usable<std::string_view>("name").value_or("");
  TRY(read_sizes(keys, parts, config));
  TRY(read_activation(keys, parts, config));
  if (parts.attention) TRY(read_heads(keys, parts, config));
  if (parts.may_differ) TRY(read_layer_sizes(keys, config));
  if (parts.feed_forward) TRY(read_experts(keys, config));
  if (parts.attention && parts.rotary) TRY(read_rope(keys, config));
  if (parts.state_space) config.state_space = TRY(read_state_space(keys, config.hidden_size));
  config.rope_scaling = TRY(files.rope_scaling(config, log));
  config.embedding = TRY(files.embedding_config(log));
  if (conventions.padded_positions) TRY(drop_padding_positions(keys, config));
  const TensorSet& tensors = *TRY(files.tensors(conventions));
  TRY(read_tensors(tensors, config));
  TRY(check_num_tokens(files, tensors, config));
  if (config.hidden_act == HiddenAct::kXielu)
    config.xielu = TRY(read_xielu(keys, tensors, config.num_hidden_layers));
  if (TRY(keys.flag_or("is_causal", parts.causal)) != parts.causal) {
    return fail(ErrorCode::kUnsupported, "{} is {}: this is no {}", keys.full("is_causal"), !parts.causal,
                parts.causal ? "decoder" : "encoder");
  }
  return config;
}

namespace {

/// By "full_attention" or "sliding_attention" for each layer; false where the files do not say so.
Result<bool> set_by_layer_types(ModelConfig& config, const ConfigKeys& keys) {
  const auto types = TRY(keys.texts("layer_types", config.layer_types.size()));
  for (size_t layer = 0; layer < types.size(); ++layer) {
    if (types[layer] != "sliding_attention" && types[layer] != "full_attention") {
      return fail(ErrorCode::kUnsupported, "{}[{}] is {}; full_attention and sliding_attention are supported",
                  keys.full("layer_types"), layer, quoted(types[layer]));
    }
    const bool slides = types[layer] == "sliding_attention";
    config.layer_types[layer] = slides ? LayerType::kSlidingAttention : LayerType::kFullAttention;
  }
  return !types.empty();
}

/// EXAONE's pattern, again and again: L for a layer with a window, G for one without, as the last one is.
Status set_by_letters(ModelConfig& config, const std::string& key, std::string_view letters) {
  if (letters.empty() || letters.find_first_not_of("LG") != std::string_view::npos) {
    return fail(ErrorCode::kUnsupported, "{} is {}; L and G are supported", key, quoted(letters));
  }
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    const bool slides = letters[layer % letters.size()] == 'L' && layer + 1 < config.layer_types.size();
    config.layer_types[layer] = slides ? LayerType::kSlidingAttention : LayerType::kFullAttention;
  }
  return {};
}

}  // namespace

Status set_query_scale(ModelConfig& config, const ConfigKeys& keys) {
  constexpr std::string_view kKey = "query_pre_attn_scalar";
  constexpr Bounds<float> kScalar{1.0f, 1e6f};
  if (keys.has(kKey)) config.attention_scale = 1.0f / std::sqrt(TRY(keys.number(kKey, kScalar)));
  return {};
}

Status set_sliding_layers(ModelConfig& config, const ConfigKeys& keys, int period) {
  constexpr std::string_view kPattern = "sliding_window_pattern";
  if (config.sliding_window == 0 || TRY(set_by_layer_types(config, keys))) return {};
  std::optional<ConfigValue> flags = keys.find(kPattern);
  if (const auto letters = flags ? flags->as<std::string_view>() : std::nullopt) {
    return set_by_letters(config, keys.full(kPattern), *letters);
  }
  if (flags && (!flags->is_array() || flags->size() == 0)) {
    period = TRY(keys.integer_or(kPattern, {0, kLayers.highest}, period));
    flags.reset();
  }
  if (flags && flags->size() != config.layer_types.size()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries for {} layers",
                     keys.full(kPattern), flags->size(), config.layer_types.size());
  }
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    bool slides = period == 0 || int(layer) % period < period - 1;
    if (flags) {
      const std::optional<bool> flag = (*flags)[layer].as<bool>();
      if (!flag) {
        return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, but must be of bool",
                         keys.full(kPattern), flags->description());
      }
      slides = *flag;
    }
    config.layer_types[layer] = slides ? LayerType::kSlidingAttention : LayerType::kFullAttention;
  }
  return {};
}

Status set_used_sliding_layers(ModelConfig& config, const ConfigKeys& keys) {
  const bool is_used = TRY(keys.flag_or("use_sliding_window", false));
  if (!is_used || config.sliding_window == 0 || TRY(set_by_layer_types(config, keys))) return {};
  const int first = TRY(keys.integer("max_window_layers", {0, kLayers.highest}));
  for (size_t layer = size_t(first); layer < config.layer_types.size(); ++layer) {
    config.layer_types[layer] = LayerType::kSlidingAttention;
  }
  return {};
}

}  // namespace hearth
