#include "models/decoder.h"

namespace hearth {

namespace {

constexpr std::string_view kGgufName = "baichuan";
constexpr float kBiasMax = 8.0f;

/// 13B has linear biases in place of rotations. No file says so: folders of 13B call the context by another
/// name, GGUF files tell by the number of layers.
Status set_biases(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kLayersOf13B = 40;
  if (config.architecture == kGgufName) {
    const float usual = config.num_hidden_layers == kLayersOf13B ? kBiasMax : 0.0f;
    config.alibi_bias_max = TRY(keys.number_or("alibi_bias_max", {0.0f, 1e3f}, usual));
  } else if (!keys.has("max_rotary_positions")) {
    config.alibi_bias_max = kBiasMax;
  }
  if (config.alibi_bias_max > 0) config.rotary_dim = 0;
  return {};
}

/// Baichuan 2, whose vocabulary is larger, brings the rows of its head to unit length as it runs.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr int kVocabOf2 = 125696;
  if (config.architecture != kGgufName && config.vocab_size == kVocabOf2) {
    return fail_hint(ErrorCode::kUnsupported, "use a GGUF file of it, or Baichuan 1",
                     "a vocabulary of {} tokens is that of Baichuan 2, whose head is not supported",
                     config.vocab_size);
  }
  return set_biases(config, keys);
}

}  // namespace

ModelSpec spec_baichuan() {
  ModelSpec spec =
      decoder_spec({kGgufName, "BaichuanForCausalLM", "BaiChuanForCausalLM"}, paired_layer, configure);
  spec.description = "Baichuan 7B and 13B";
  spec.conventions.renames = {{"self_attn.W_pack", "attn_qkv"}};
  spec.conventions.qkv_rows = QkvRows::kInOrder;
  spec.conventions.halves_to_pairs = true;
  return spec;
}

}  // namespace hearth
