#include "models/encoder.h"

namespace hearth {

/// Rotary positions, gated feed-forwards, and no biases but in the norms.
ModelSpec spec_nomic_bert() {
  ModelSpec spec = encoder_spec({"nomic-bert", "NomicBertModel"}, {.layer_of = post_norm_layer},
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
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
