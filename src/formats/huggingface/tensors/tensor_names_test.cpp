#include "formats/huggingface/tensors/tensor_names.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(TensorNamesTest, AreThoseOfGguf) {
  constexpr TensorRename kNames[] = {
      {"model.embed_tokens.weight", "token_embd.weight"},
      {"model.norm.weight", "output_norm.weight"},
      {"lm_head.weight", "output.weight"},
      {"model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight"},
      {"model.layers.17.self_attn.k_proj.bias", "blk.17.attn_k.bias"},
      {"model.layers.3.mlp.gate.weight", "blk.3.ffn_gate_inp.weight"},
      {"model.layers.3.mlp.experts.127.down_proj.weight", "blk.3.ffn_down.127.weight"},
      {"model.layers.3.mlp.gate.e_score_correction_bias", "blk.3.exp_probs_b.bias"},
      {"model.layers.3.mlp.shared_experts.up_proj.weight", "blk.3.ffn_up_shexp.weight"},
      {"model.layers.3.block_sparse_moe.experts.7.w3.weight", "blk.3.ffn_up.7.weight"},
  };
  for (const auto& [from, to] : kNames) EXPECT_EQ(gguf_tensor_name(from, {}), to);
}

TEST(TensorNamesTest, OfNoKnownFormStay) {
  for (const char* name :
       {"", "weight", ".", "model.layers.weight", "model.layers..self_attn.q_proj.weight",
        "model.layers.x.self_attn.q_proj.weight", "model.layers.123456.self_attn.q_proj.weight",
        "model.layers.0.self_attn.z_proj.weight", "model.layers.0.mlp.experts.x.w1.weight",
        "model.layers.0.mlp.experts.1.other.weight", "visual.blocks.0.attn.qkv.weight"}) {
    EXPECT_EQ(gguf_tensor_name(name, {}), name);
  }
}

TEST(TensorNamesTest, OfAnArchitectureComeFirst) {
  const CheckpointConventions own{.renames = {{"post_attention_layernorm", "post_attention_norm"},
                                              {"self_attn.sinks", "attn_sinks.weight"}}};
  EXPECT_EQ(gguf_tensor_name("model.layers.1.post_attention_layernorm.weight", own),
            "blk.1.post_attention_norm.weight");
  EXPECT_EQ(gguf_tensor_name("model.layers.1.input_layernorm.weight", own), "blk.1.attn_norm.weight");
  EXPECT_EQ(gguf_tensor_name("model.layers.1.self_attn.sinks", own), "blk.1.attn_sinks.weight");
}

TEST(TensorNamesTest, MayHaveLayersOfAnotherName) {
  const CheckpointConventions own{
      .layers = "backbone.layers.",
      .renames = {{"backbone.norm_f", "output_norm"}, {"norm", "attn_norm"}, {"mixer.A_log", "ssm_a"}}};
  constexpr TensorRename kNames[] = {{"backbone.norm_f.weight", "output_norm.weight"},
                                     {"backbone.layers.7.norm.weight", "blk.7.attn_norm.weight"},
                                     {"backbone.layers.7.mixer.A_log", "blk.7.ssm_a"}};
  for (const auto& [from, to] : kNames) {
    EXPECT_EQ(gguf_tensor_name(from, own), to);
    EXPECT_EQ(checkpoint_tensor_name(to, own), from);
  }
  EXPECT_EQ(gguf_tensor_name("model.layers.7.norm.weight", own), "model.layers.7.norm.weight");
}

TEST(TensorNamesTest, AreFoundBack) {
  const CheckpointConventions own{
      .renames = {{"post_attention_layernorm", "post_attention_norm"},
                  {"self_attn.q_layernorm.norms.*", "attn_q_norm.*"}},
      .stacks = {{.from = "mlp.experts.gate_up_proj", .parts = {"ffn_gate_exps", "ffn_up_exps"}}}};
  constexpr TensorRename kNames[] = {
      {"token_embd.weight", "model.embed_tokens.weight"},
      {"blk.12.attn_q.bias", "model.layers.12.self_attn.q_proj.bias"},
      {"blk.0.post_attention_norm.weight", "model.layers.0.post_attention_layernorm.weight"},
      {"blk.0.ffn_up_exps.weight", "model.layers.0.mlp.experts.gate_up_proj"},
      {"blk.0.ffn_gate_exps.bias", "model.layers.0.mlp.experts.gate_up_proj_bias"},
      {"blk.0.ffn_down_exps.weight", "model.layers.0.mlp.experts.*.down_proj.weight"},
      {"blk.0.ffn_down.3.weight", "model.layers.0.mlp.experts.3.down_proj.weight"},
      {"blk.0.attn_q_norm.11.weight", "model.layers.0.self_attn.q_layernorm.norms.11.weight"},
      {"blk.x.ffn_down.weight", "blk.x.ffn_down.weight"},
      {"blk.0.nothing.weight", "blk.0.nothing.weight"},
      {"", ""},
  };
  for (const auto& [gguf, checkpoint] : kNames) EXPECT_EQ(checkpoint_tensor_name(gguf, own), checkpoint);
}

TEST(TensorNamesTest, KnowTheirLayer) {
  EXPECT_EQ(layer_of_tensor("model.layers.61.eh_proj.weight", {}), 61);
  EXPECT_EQ(layer_of_tensor("model.norm.weight", {}), std::nullopt);
  EXPECT_EQ(layer_of_tensor("model.layers.x.eh_proj.weight", {}), std::nullopt);
}

TEST(TensorNamesTest, KnowWhatIsDerived) {
  EXPECT_TRUE(is_derived_tensor("model.layers.0.self_attn.rotary_emb.inv_freq"));
  EXPECT_TRUE(is_derived_tensor("gpt_neox.layers.0.attention.bias"));
  EXPECT_FALSE(is_derived_tensor("gpt_neox.layers.0.attention.dense.bias"));
  EXPECT_FALSE(is_derived_tensor("model.layers.0.self_attn.q_proj.weight"));
}

}  // namespace
}  // namespace hearth
