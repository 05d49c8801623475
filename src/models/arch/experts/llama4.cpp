#include <algorithm>

#include "base/printable.h"
#include "formats/expert_keys.h"
#include "formats/rope_layers.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "llama4";

/// GGUF files say nothing of chunks but, by a window of 0, that there are none.
Result<int> read_chunk_size(const ConfigKeys& keys, bool is_gguf) {
  constexpr const char* kKey = "attention_chunk_size";
  constexpr int kUsual = 8192;
  const bool is_usual = is_gguf && !keys.find(kKey);
  return keys.integer_or(kKey, {1, 1 << 30}, is_usual ? kUsual : 0);
}

/// Layers that are rotated see chunks, or what the files list.
Status set_chunked_layers(ModelConfig& config, const ConfigKeys& keys) {
  const auto types = TRY(keys.texts("layer_types", config.layer_types.size()));
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    bool is_chunked = config.rope_layers[layer];
    if (!types.empty()) {
      is_chunked = types[layer] == "chunked_attention";
      if (!is_chunked && types[layer] != "full_attention") {
        return fail(ErrorCode::kUnsupported,
                    "{}[{}] is {}; full_attention and chunked_attention are supported",
                    keys.full("layer_types"), layer, quoted(types[layer]));
      }
    }
    if (is_chunked && config.sliding_window > 0) config.layer_types[layer] = LayerType::kChunkedAttention;
  }
  return {};
}

/// A flag, or as a number not 0.
Result<bool> tunes_temperature(const ConfigKeys& keys) {
  constexpr const char* kKey = "attn_temperature_tuning";
  const std::optional<ConfigValue> found = keys.find(kKey);
  if (found && found->as<int64_t>()) return found->as<int64_t>() != 0;
  return keys.flag_or(kKey, true);
}

/// Queries of later positions are scaled up where layers are not rotated.
Status read_temperature(ModelConfig& config, const ConfigKeys& keys) {
  if (!TRY(tunes_temperature(keys))) return {};
  config.query_scale_length = TRY(keys.integer_or("floor_scale", {1, 1 << 30}, 8192));
  config.query_scale_beta = TRY(keys.number_or("attn_scale", {0.0f, 100.0f}, 0.1f));
  return {};
}

/// Dense feed-forwards have a size of their own, which in GGUF files is that of all.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kRopePeriod = 4, kExpertsOfMaverick = 128;
  const bool is_gguf = config.architecture == kGgufName;
  TRY(require_experts(config, keys));
  config.scoring_func = ScoringFunc::kSigmoid;
  config.norm_topk_prob = false;
  config.intermediate_size =
      TRY(keys.integer_or("intermediate_size_mlp", {1, 1 << 21}, config.intermediate_size));
  config.shared_expert_intermediate_size = config.moe_intermediate_size;
  config.sliding_window = TRY(read_chunk_size(keys, is_gguf));
  if (is_gguf && config.sliding_window == 0) {
    config.rope_layers.assign(size_t(config.num_hidden_layers), true);
  } else {
    TRY(set_rope_layers(config, keys, kRopePeriod));
  }
  config.has_qk_norm = TRY(keys.flag_or("use_qk_norm", config.num_experts != kExpertsOfMaverick));
  TRY(set_chunked_layers(config, keys));
  return read_temperature(config, keys);
}

/// Experts weigh their inputs. Rotary pairs lie side by side in all files; the norm of q and k has no
/// weights.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  if (!config.rope_layers[index]) {
    attention.query_scaling = {
        .beta = config.query_scale_beta, .length = config.query_scale_length, .first = 1};
  } else if (config.has_qk_norm) {
    attention.qk_norm = QkNorm::kUnit;
    attention.norm_after_rope = true;
  }
  FeedForwardSpec feed_forward = feed_forward_spec(config, index);
  if (auto* experts = std::get_if<MixtureSpec>(&feed_forward)) experts->weighs_inputs = true;
  return {.mixer = std::move(attention), .feed_forward = std::move(feed_forward)};
}

}  // namespace

ModelSpec spec_llama4() {
  ModelSpec spec = decoder_spec({kGgufName, "Llama4ForCausalLM"}, layer, configure);
  spec.description = "Llama 4 Scout and Maverick (text)";
  spec.conventions.renames = {{"feed_forward.router", "ffn_gate_inp"},
                              {"feed_forward.gate_proj", "ffn_gate"},
                              {"feed_forward.up_proj", "ffn_up"},
                              {"feed_forward.down_proj", "ffn_down"},
                              {"feed_forward.shared_expert.gate_proj", "ffn_gate_shexp"},
                              {"feed_forward.shared_expert.up_proj", "ffn_up_shexp"},
                              {"feed_forward.shared_expert.down_proj", "ffn_down_shexp"}};
  spec.conventions.stacks = {
      {.from = "feed_forward.experts.gate_up_proj",
       .parts = {"ffn_gate_exps", "ffn_up_exps"},
       .transposed = true},
      {.from = "feed_forward.experts.down_proj", .parts = {"ffn_down_exps"}, .transposed = true}};
  spec.conventions.defaults = {{"rope_theta", 500000.0},
                               {"head_dim", int64_t{128}},
                               {"num_experts_per_tok", int64_t{1}},
                               {"intermediate_size_mlp", int64_t{16384}},
                               {"attention_chunk_size", int64_t{8192}},
                               {"use_qk_norm", true}};
  return spec;
}

}  // namespace hearth
