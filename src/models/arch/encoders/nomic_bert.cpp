#include "formats/refused_keys.h"
#include "models/encoder.h"

namespace hearth {

namespace {

/// Nomic Embed 2 has the names of this architecture, and experts; nor is any of the published ones arranged
/// otherwise.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  constexpr const char* kHint = "use Nomic Embed 1 or 1.5";
  if (config.num_experts > 0) {
    return fail_hint(ErrorCode::kUnsupported, kHint,
                     "{} is {}: encoders of experts (Nomic Embed 2) are not supported",
                     keys.full("num_experts"), config.num_experts);
  }
  for (const char* key : {"prenorm", "parallel_block", "use_rms_norm", "rotary_emb_interleaved"})
    TRY(refuse_flag(keys, key, true, kHint));
  const auto fraction = TRY(keys.number_or("rotary_emb_fraction", Bounds<float>{0.0f, 1.0f}, 1.0f));
  if (fraction != 1.0f) {
    return fail_hint(ErrorCode::kUnsupported, kHint, "{} is {}, but heads are rotated whole here",
                     keys.full("rotary_emb_fraction"), fraction);
  }
  if (!keys.has("rotary_scaling_factor")) return {};
  return fail_hint(ErrorCode::kUnsupported, "take it out, and read texts of up to 2048 tokens",
                   "{} asks for a rotation that depends on a text's length, which is not supported",
                   keys.full("rotary_scaling_factor"));
}

}  // namespace

/// Rotary positions, gated feed-forwards, and no biases but in the norms.
ModelSpec spec_nomic_bert() {
  ModelSpec spec = encoder_spec({"nomic-bert", "NomicBertModel"}, {.layer_of = post_norm_layer}, configure);
  spec.description = "Nomic Embed 1 and 1.5";
  spec.parts.layer_norm = true;
  spec.conventions.layers = "encoder.layers.";
  spec.conventions.renames = {{"embeddings.word_embeddings", "token_embd"},
                              {"embeddings.token_type_embeddings", "token_types"},
                              {"emb_ln", "token_embd_norm"},
                              {"attn.Wqkv", "attn_qkv"},
                              {"attn.out_proj", "attn_output"},
                              {"norm1", "attn_output_norm"},
                              {"mlp.fc11", "ffn_up"},
                              {"mlp.fc12", "ffn_gate"},
                              {"mlp.fc2", "ffn_down"},
                              {"norm2", "layer_output_norm"}};
  spec.conventions.defaults = {{"layer_norm_eps", 1e-12}, {"rope_theta", 1000.0}};
  return spec;
}

}  // namespace hearth
