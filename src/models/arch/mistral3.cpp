#include "formats/config.h"
#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kFolderName = "Ministral3ForCausalLM";

/// Ministral 3 scales the queries of positions beyond the context in pre-training up.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr std::string_view kRopeType = "rope_parameters.rope_type";
  if (config.architecture == kFolderName && !keys.has(kRopeType)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is missing: such models have yarn",
                     keys.full(kRopeType));
  }
  constexpr std::string_view kBeta = "rope_parameters.llama_4_scaling_beta";
  config.query_scale_beta = TRY(keys.number_or(kBeta, {.lowest = 0.0f, .highest = 1e3f}, 0.0f));
  config.query_scale_length = config.rope_scaling.original_max_position_embeddings;
  return set_sliding_layers(config, keys, 0);
}

/// The converter to GGUF permutes the rows of q and k as those of llama.
LayerSpec layer(const ModelConfig& config, size_t index) {
  AttentionSpec attention = attention_spec(config, index);
  attention.rope_layout = RopeLayout::kPairs;
  attention.query_scaling = {.beta = config.query_scale_beta, .length = config.query_scale_length};
  return {.mixer = std::move(attention), .feed_forward = feed_forward_spec(config, index)};
}

}  // namespace

ModelSpec spec_mistral3() {
  ModelSpec spec = decoder_spec({"mistral3", kFolderName}, layer, configure);
  spec.description = "Ministral 3; in GGUF files also Mistral Small 3.1 and 3.2 (text)";
  spec.conventions.halves_to_pairs = true;
  spec.conventions.defaults = {{"num_key_value_heads", int64_t{8}}, {"head_dim", int64_t{128}}};
  return spec;
}

}  // namespace hearth
