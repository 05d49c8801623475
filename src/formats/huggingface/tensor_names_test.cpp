#include "formats/huggingface/tensor_names.h"

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
  constexpr TensorRename kOwn[] = {{"post_attention_layernorm", "post_attention_norm"}};
  EXPECT_EQ(gguf_tensor_name("model.layers.1.post_attention_layernorm.weight", kOwn),
            "blk.1.post_attention_norm.weight");
  EXPECT_EQ(gguf_tensor_name("model.layers.1.input_layernorm.weight", kOwn), "blk.1.attn_norm.weight");
}

TEST(TensorNamesTest, KnowWhatIsDerived) {
  EXPECT_TRUE(is_derived_tensor("model.layers.0.self_attn.rotary_emb.inv_freq"));
  EXPECT_FALSE(is_derived_tensor("model.layers.0.self_attn.q_proj.weight"));
}

}  // namespace
}  // namespace hearth
