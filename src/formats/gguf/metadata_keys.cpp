#include "formats/gguf/metadata_keys.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace hearth {

namespace {

/// A canonical name and what GGUF calls it, behind the prefix.
struct KeyName {
  std::string_view canonical, gguf;
};

constexpr KeyName kConfigNames[] = {
    {"num_hidden_layers", "block_count"},
    {"hidden_size", "embedding_length"},
    {"intermediate_size", "feed_forward_length"},
    {"max_position_embeddings", "context_length"},
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon"},
    {"layer_norm_eps", "attention.layer_norm_epsilon"},
    {"use_parallel_residual", "use_parallel_residual"},
    {"logit_scale", "logit_scale"},
    {"logits_scaling", "logit_scale"},
    {"embedding_multiplier", "embedding_scale"},
    {"residual_multiplier", "residual_scale"},
    {"sliding_window", "attention.sliding_window"},
    {"sliding_window_pattern", "attention.sliding_window_pattern"},
    {"attention_chunk_size", "attention.sliding_window"},
    {"attn_scale", "attention.temperature_scale"},
    {"floor_scale", "attention.temperature_length"},
    {"num_attention_heads", "attention.head_count"},
    {"num_key_value_heads", "attention.head_count_kv"},
    {"head_dim", "attention.key_length"},
    {"v_head_dim", "attention.value_length"},
    {"attention_multiplier", "attention.scale"},
    {"rope_parameters.llama_4_scaling_beta", "attention.temperature_scale"},
    {"attn_logit_softcapping", "attn_logit_softcapping"},
    {"final_logit_softcapping", "final_logit_softcapping"},
    {"is_causal", "attention.causal"},
    {"num_experts", "expert_count"},
    {"num_experts_per_tok", "expert_used_count"},
    {"moe_intermediate_size", "expert_feed_forward_length"},
    {"norm_topk_prob", "expert_weights_norm"},
    {"expert_gating_func", "expert_gating_func"},
    {"n_shared_experts", "expert_shared_count"},
    {"n_group", "expert_group_count"},
    {"topk_group", "expert_group_used_count"},
    {"routed_scaling_factor", "expert_weights_scale"},
    {"first_k_dense_replace", "leading_dense_block_count"},
    {"moe_layer_interval", "interleave_moe_layer_step"},
    {"nextn_predict_layers", "nextn_predict_layers"},
    {"shared_expert_intermediate_size", "expert_shared_feed_forward_length"},
    {"q_lora_rank", "attention.q_lora_rank"},
    {"kv_lora_rank", "attention.kv_lora_rank"},
    {"qk_head_dim", "attention.key_length_mla"},
    {"qk_rope_head_dim", "rope.dimension_count"},
    {"value_length_mla", "attention.value_length_mla"},
    {"mamba_d_ssm", "ssm.inner_size"},
    {"num_heads", "ssm.time_step_rank"},
    {"state_size", "ssm.state_size"},
    {"n_groups", "ssm.group_count"},
    {"conv_kernel", "ssm.conv_kernel"},
    {"rotary_dim", "rope.dimension_count"},
    {"mrope_section", "rope.dimension_sections"},
    {"rope_finetuned", "rope.scaling.finetuned"},
    {"rope_theta", "rope.freq_base"},
    {"rope_local_base_freq", "rope.freq_base_swa"},
    {"hidden_act", "hidden_act"},
    {"clip_qkv", "attention.clamp_kqv"},
    {"alibi_bias_max", "attention.max_alibi_bias"},
};

/// Those that have no prefix.
constexpr KeyName kWholeNames[] = {
    {"name", "general.name"},     {"xielu.alpha_p", "xielu.alpha_p"}, {"xielu.alpha_n", "xielu.alpha_n"},
    {"xielu.beta", "xielu.beta"}, {"xielu.eps", "xielu.eps"},
};

constexpr KeyName kGenerationNames[] = {
    {"temperature", "temp"},
    {"top_k", "top_k"},
    {"top_p", "top_p"},
    {"min_p", "min_p"},
    {"xtc_probability", "xtc_probability"},
    {"xtc_threshold", "xtc_threshold"},
    {"penalty_last_n", "penalty_last_n"},
    {"repetition_penalty", "penalty_repeat"},
    {"mirostat", "mirostat"},
    {"mirostat_tau", "mirostat_tau"},
    {"mirostat_eta", "mirostat_eta"},
};

ConfigValue::Scalar scalar_of(const auto& value) {
  if (const auto flag = value.template as<bool>()) return *flag;
  if (const auto integer = value.template as<int64_t>()) return *integer;
  if (const auto large = value.template as<uint64_t>()) return *large;
  if (const auto number = value.template as<double>()) return *number;
  if (const auto text = value.template as<std::string_view>()) return *text;
  return {};
}

ConfigValue to_config_value(const MetadataValue& value) {
  const std::optional<MetadataArray> array = value.as<MetadataArray>();
  if (!array) return {scalar_of(value), describe(value)};
  const auto element = [array = *array](size_t index) -> ConfigValue {
    // Texts lie one after another; no key that is read here has an array of them.
    if (array.element_type() == MetadataType::kString) return {ConfigValue::Scalar(), "a string"};
    const MetadataScalar scalar = array[index];
    return {scalar_of(scalar), std::string("a ") + std::string(to_string(scalar.type()))};
  };
  return {array->size(), element, describe(value)};
}

/// The keys behind a prefix under GGUF's own names.
class PrefixSource : public KeySource {
 public:
  PrefixSource(const GgufFile& file, std::string_view prefix) : file_(file), prefix_(prefix) {}

  std::optional<ConfigValue> find(std::string_view key) const override {
    const MetadataValue* value = file_.find(PrefixSource::spelling(key));
    return value != nullptr ? std::optional(to_config_value(*value)) : std::nullopt;
  }
  std::string spelling(std::string_view key) const override { return prefix_ + "." + std::string(key); }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

/// The same under canonical names.
class CanonicalSource final : public PrefixSource {
 public:
  CanonicalSource(const GgufFile& file, std::string_view prefix, std::span<const KeyName> names)
      : PrefixSource(file, prefix), file_(file), names_(names) {}

  std::optional<ConfigValue> find(std::string_view key) const override {
    if (const KeyName* whole = find_name(kWholeNames, key)) return find_whole(std::string(whole->gguf));
    const KeyName* name = find_name(names_, key);
    return name != nullptr ? PrefixSource::find(name->gguf) : std::nullopt;
  }
  std::string spelling(std::string_view key) const override {
    if (const KeyName* whole = find_name(kWholeNames, key)) return std::string(whole->gguf);
    const KeyName* name = find_name(names_, key);
    return PrefixSource::spelling(name != nullptr ? name->gguf : key);
  }

 private:
  std::optional<ConfigValue> find_whole(const std::string& key) const {
    const MetadataValue* value = file_.find(key);
    return value != nullptr ? std::optional(to_config_value(*value)) : std::nullopt;
  }
  static const KeyName* find_name(std::span<const KeyName> names, std::string_view key) {
    const auto found = std::ranges::find(names, key, &KeyName::canonical);
    return found != names.end() ? &*found : nullptr;
  }

  const GgufFile& file_;
  std::span<const KeyName> names_;
};

}  // namespace

MetadataKeys::MetadataKeys(const GgufFile& file, std::string_view prefix, LogSink log)
    : ConfigKeys(std::make_shared<PrefixSource>(file, prefix), std::move(log)) {}

ConfigKeys gguf_config_keys(const GgufFile& file, std::string_view architecture, LogSink log) {
  return {std::make_shared<CanonicalSource>(file, architecture, kConfigNames), std::move(log)};
}

ConfigKeys gguf_generation_keys(const GgufFile& file, LogSink log) {
  return {std::make_shared<CanonicalSource>(file, "general.sampling", kGenerationNames), std::move(log)};
}

}  // namespace hearth
