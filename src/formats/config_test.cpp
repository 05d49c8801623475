#include "formats/config.h"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "formats/open_model_files.h"

namespace hearth {

namespace {

class ConfigTest : public testing::Test {
 protected:
  static ModelConfig read(const std::string& fixture, const LayerParts& parts = {}) {
    const auto files = *open_model_files(std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/fixtures/models" /
                                         (fixture + ".gguf"));
    return *read_config(*files, {}, no_log(), parts);
  }
};

TEST_F(ConfigTest, ReadsSizes) {
  const ModelConfig config = read("llama3");
  EXPECT_EQ(config.architecture, "llama");
  EXPECT_EQ(config.name, "tiny random decoder");
  EXPECT_EQ(config.vocab_size, 264);
  EXPECT_EQ(config.hidden_size, 48);
  EXPECT_EQ(config.intermediate_size, 64);
  EXPECT_EQ(config.num_hidden_layers, 3);
  EXPECT_EQ(config.num_attention_heads, 4);
  EXPECT_EQ(config.num_key_value_heads, 2);
  EXPECT_EQ(config.head_dim, 16);
  EXPECT_EQ(config.value_head_dim, 16);
  EXPECT_EQ(config.rotary_dim, 16);
  EXPECT_EQ(config.max_position_embeddings, 256);
  EXPECT_FLOAT_EQ(config.norm_eps, 1e-5f);
  EXPECT_FLOAT_EQ(config.attention_scale, 0.25f);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_FALSE(config.attention_bias);
  EXPECT_EQ(config.num_experts, 0);
  EXPECT_EQ(config.layer_types, std::vector(3, LayerType::kFullAttention));
}

TEST_F(ConfigTest, DerivesHeadsWhereTheirSizeIsNotGiven) {
  const ModelConfig config = read("qwen2");
  EXPECT_EQ(config.head_dim, 48 / 4);
  EXPECT_EQ(config.value_head_dim, 48 / 4);
  EXPECT_TRUE(config.attention_bias);
  EXPECT_FALSE(config.attention_output_bias);
  EXPECT_FALSE(config.mlp_bias);
}

TEST_F(ConfigTest, FindsBiasesAndAnOutputOfItsOwn) {
  const ModelConfig config = read("llama_linear");
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_TRUE(config.attention_bias);
  EXPECT_TRUE(config.attention_output_bias);
  EXPECT_TRUE(config.mlp_bias);
}

TEST_F(ConfigTest, ReadsEveryKindOfRopeScaling) {
  EXPECT_EQ(read("qwen2").rope_scaling.type, RopeScaling::Type::kNone);

  const ModelConfig linear = read("llama_linear");
  EXPECT_EQ(linear.rope_scaling.type, RopeScaling::Type::kLinear);
  EXPECT_EQ(linear.rope_scaling.factor, 4.0f);
  EXPECT_EQ(linear.rope_theta, 5000.0f);

  const ModelConfig llama3 = read("llama3");
  EXPECT_EQ(llama3.rope_scaling.type, RopeScaling::Type::kLlama3);
  ASSERT_EQ(llama3.rope_scaling.freq_factors.size(), size_t{8});
  EXPECT_NEAR(llama3.rope_scaling.freq_factors.front(), 1.0f, 1e-6f);
  EXPECT_NEAR(llama3.rope_scaling.freq_factors.back(), 8.0f, 1e-5f);

  const ModelConfig yarn = read("qwen3_yarn");
  EXPECT_EQ(yarn.rope_scaling.type, RopeScaling::Type::kYarn);
  EXPECT_EQ(yarn.rope_scaling.original_max_position_embeddings, 48);
  EXPECT_NEAR(yarn.rope_scaling.attention_factor, 0.1 * std::log(4.0) + 1.0, 1e-6);

  const ModelConfig long_rope = read("phi3_longrope");
  EXPECT_EQ(long_rope.rope_scaling.type, RopeScaling::Type::kLongRope);
  EXPECT_EQ(long_rope.rotary_dim, 12);
  EXPECT_EQ(long_rope.head_dim, 16);
  EXPECT_EQ(long_rope.rope_scaling.short_factors.size(), size_t{6});
  EXPECT_EQ(long_rope.rope_scaling.long_factors.size(), size_t{6});
  EXPECT_NEAR(long_rope.rope_scaling.attention_factor, std::sqrt(1 + std::log(4.0) / std::log(256.0)), 1e-6);
}

TEST_F(ConfigTest, ReadsSizesOfLayersThatDiffer) {
  EXPECT_EQ(read("deci", {.may_differ = true}).layer_sizes,
            (std::vector<LayerSizes>{{4, 2, 40}, {6, 3, 32}, {2, 2, 48}}));
  EXPECT_TRUE(read("llama3", {.may_differ = true}).layer_sizes.empty());
}

TEST_F(ConfigTest, ReadsExpertsAndWindows) {
  const ModelConfig experts = read("qwen3_moe");
  EXPECT_EQ(experts.num_experts, 6);
  EXPECT_EQ(experts.num_experts_per_tok, 2);
  EXPECT_EQ(experts.moe_intermediate_size, 20);
  EXPECT_TRUE(experts.norm_topk_prob);
  EXPECT_EQ(experts.scoring_func, ScoringFunc::kSoftmax);
  EXPECT_EQ(read("phi3_window").sliding_window, 24);
  EXPECT_EQ(experts.shared_expert_intermediate_size, 0);
  EXPECT_EQ(experts.n_group, 1);
  EXPECT_EQ(read("qwen2_moe").shared_expert_intermediate_size, 28);
  const ModelConfig grouped = read("deepseek_v3");
  EXPECT_EQ(grouped.scoring_func, ScoringFunc::kSigmoid);
  EXPECT_EQ(grouped.n_group, 3);
  EXPECT_EQ(grouped.topk_group, 2);
  EXPECT_EQ(grouped.expert_layers, (std::vector<bool>{false, true, true}));
  EXPECT_EQ(grouped.shared_expert_intermediate_size, 2 * 16);
  EXPECT_FLOAT_EQ(grouped.routed_scaling_factor, 2.5f);
}

}  // namespace

}  // namespace hearth
