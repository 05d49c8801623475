#include "models/decoder.h"

namespace hearth {

/// llama with the rows of q, k and v in one tensor, by groups of heads.
ModelSpec spec_internlm2() {
  ModelSpec spec = decoder_spec({"internlm2", "InternLM2ForCausalLM"}, paired_layer,
                                [](ModelConfig&, const ConfigKeys&) -> Status { return {}; });
  spec.description = "InternLM 2 and 2.5";
  spec.conventions.renames = {{"model.tok_embeddings", "token_embd"}, {"output", "output"},
                              {"attention_norm", "attn_norm"},        {"ffn_norm", "ffn_norm"},
                              {"attention.wqkv", "attn_qkv"},         {"attention.wo", "attn_output"},
                              {"feed_forward.w1", "ffn_gate"},        {"feed_forward.w3", "ffn_up"},
                              {"feed_forward.w2", "ffn_down"}};
  spec.conventions.qkv_rows = QkvRows::kByGroup;
  spec.conventions.halves_to_pairs = true;
  return spec;
}

}  // namespace hearth
