#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "formats/model/embedding_config.h"

namespace hearth {

/// How rotary frequencies are changed for contexts longer than in pre-training.
struct RopeScaling {
  enum class Type : uint8_t {
    kNone,
    kLinear,    ///< every frequency divided by `factor`
    kLlama3,    ///< frequency i divided by freq_factors[i] (of Llama 3.1's schedule)
    kYarn,      ///< low frequencies as linear, high ones kept (Peng et al. 2023)
    kDynamic,   ///< a larger base for contexts longer than in pre-training (NTK-aware)
    kNtkAlpha,  ///< a larger base for all contexts, as `factor` says
    kLongRope,  ///< frequency i divided by short_factors[i] or long_factors[i] (Ding et al. 2024)
  };
  Type type = Type::kNone;
  float factor = 1.0f;
  int original_max_position_embeddings = 0;  ///< kYarn, kDynamic, kLongRope: the context in pre-training
  float attention_factor = 1.0f;             ///< cos and sin are multiplied by it
  float beta_fast = 32.0f;                   ///< kYarn: rotations above which a frequency is kept
  float beta_slow = 1.0f;            ///< kYarn: rotations below which a frequency is divided by `factor`
  float mscale_all_dim = 0.0f;       ///< kYarn: as the files give it; 0: they do not
  bool truncate = true;              ///< kYarn: the pairs between the two begin and end at whole numbers
  std::vector<float> freq_factors;   ///< [rotary_dim / 2]
  std::vector<float> short_factors;  ///< [rotary_dim / 2]
  std::vector<float> long_factors;   ///< [rotary_dim / 2]

  bool operator==(const RopeScaling&) const = default;
};

/// Which positions a layer attends to.
enum class LayerType : uint8_t {
  kFullAttention,
  kSlidingAttention,  ///< those of a window that ends with the token's own
  kChunkedAttention,  ///< those of the token's own chunk, of a window's size
};

enum class HiddenAct : uint8_t { kSilu, kGelu, kGeluTanh, kSquaredRelu, kXielu };

/// What a layer's xIELU has learned.
struct XieluConfig {
  float alpha_p = 0.0f, alpha_n = 0.0f, beta = 0.0f, eps = 0.0f;
};

/// By root mean square, or by mean and variance.
enum class NormType : uint8_t { kRmsNorm, kLayerNorm };

/// How a router turns scores into weights of experts.
enum class ScoringFunc : uint8_t { kSoftmax, kSigmoid, kSparseMixer };

/// Sizes of state-space mixers.
struct StateSpaceConfig {
  int inner_size = 0;
  int num_heads = 0;   ///< divides inner_size
  int state_size = 0;  ///< of each dimension of a head
  int num_groups = 0;  ///< divides num_heads
  int conv_kernel = 0;
  bool has_norm = false;  ///< behind the gate
};

/// By what a model multiplies what goes into its branches and what comes out.
struct BranchMultipliers {
  float attention_in = 1.0f, key = 1.0f, attention_out = 1.0f;
  float ssm_in = 1.0f, ssm_out = 1.0f;
  std::array<float, 5> ssm_parts = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f};  ///< of z, x, B, C and dt
  std::array<float, 2> mlp = {1.0f, 1.0f};                          ///< of the gate, and of the result
};

/// Sizes of attention to a latent.
struct LatentAttentionConfig {
  int q_lora_rank = 0;  ///< 0: queries have no latent
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;  ///< even
  int v_head_dim = 0;
};

/// What may differ from layer to layer.
struct LayerSizes {
  int num_attention_heads = 0;
  int num_key_value_heads = 0;  ///< divides num_attention_heads
  int intermediate_size = 0;

  bool operator==(const LayerSizes&) const = default;
};

/// Numbers that describe a decoder; fields are named as Hugging Face's config.json names them. `read_config`
/// checks each against limits and against the others, so that what is built from them cannot overflow.
struct ModelConfig {
  std::string architecture;  ///< as the files name it: "llama", "LlamaForCausalLM"
  std::string name;          ///< for people; may be empty

  int vocab_size = 0;
  int hidden_size = 0;
  int intermediate_size = 0;  ///< 0: layers have no feed-forward
  int num_hidden_layers = 0;
  int num_nextn_layers = 0;     ///< behind these in the file: they predict further tokens, and are left out
  int num_attention_heads = 0;  ///< 0: no layer has attention
  int num_key_value_heads = 0;  ///< divides num_attention_heads
  int head_dim = 0;
  int value_head_dim = 0;
  int max_position_embeddings = 0;
  NormType norm_type = NormType::kRmsNorm;
  float norm_eps = 0.0f;
  bool norm_bias = false;
  HiddenAct hidden_act = HiddenAct::kSilu;
  std::vector<XieluConfig> xielu;  ///< [num_hidden_layers] of kXielu
  bool gated_mlp = true;
  bool use_parallel_residual = false;  ///< attention and feed-forward see the same residual
  bool two_parallel_norms = false;     ///< then they have a norm each
  bool embedding_norm = false;         ///< of the embedding, before the first layer
  int num_learned_positions = 0;       ///< rows of a table that is added to the embedding; 0: there is none

  int rotary_dim = 0;  ///< even, at most head_dim: leading dimensions of a head that are rotated
  float rope_theta = 0.0f;
  float rope_local_base_freq = 0.0f;  ///< of kSlidingAttention layers, never scaled; 0: as the others
  RopeScaling rope_scaling;
  std::vector<bool> rope_layers;  ///< [num_hidden_layers]: which are rotated; empty: all

  std::vector<LayerSizes> layer_sizes;  ///< where layers differ: what holds in place of the first one's

  EmbeddingConfig embedding;  ///< how it makes vectors and scores of texts
  int num_labels = 0;         ///< rows of the head that makes scores; 0: there is none

  bool tie_word_embeddings = false;
  bool attention_bias = false;         ///< q, k and v have biases
  bool attention_output_bias = false;  ///< o has one
  bool mlp_bias = false;
  bool lm_head_bias = false;
  bool has_qk_norm = false;  ///< q and k are normed

  int sliding_window = 0;  ///< of kSlidingAttention and kChunkedAttention layers; 0: there are none
  std::vector<LayerType> layer_types;  ///< [num_hidden_layers]

  float attention_scale = 0.0f;          ///< of q . k
  float attn_logit_softcapping = 0.0f;   ///< 0: none
  float clip_qkv = 0.0f;                 ///< q, k and v are clamped to +- that; 0: they are not
  float alibi_bias_max = 0.0f;           ///< -log2 of the flattest slope of linear biases; 0: there are none
  float final_logit_softcapping = 0.0f;  ///< 0: none
  float embedding_scale = 1.0f;
  float residual_multiplier = 1.0f;  ///< of what layers add to the residual
  float logit_scale = 1.0f;
  float query_scale_beta = 0.0f;  ///< of how queries of later positions are scaled up; 0: they are not
  int query_scale_length = 1;
  BranchMultipliers branch_multipliers;
  bool classifier_pools_mean = false;  ///< scores are of the mean of all rows; else of the first row

  int num_experts = 0;            ///< 0: dense
  int num_experts_per_tok = 0;    ///< in [1, num_experts] where there are experts
  int moe_intermediate_size = 0;  ///< of one expert
  bool norm_topk_prob = true;     ///< weights of the picked experts are divided by their sum
  ScoringFunc scoring_func = ScoringFunc::kSoftmax;
  float routed_scaling_factor = 1.0f;
  int n_group = 1;                          ///< groups of experts alike large
  int topk_group = 1;                       ///< of those, how many a token takes experts from
  bool has_selection_bias = false;          ///< experts are picked by their scores and a bias
  float router_tolerance = 0.0f;            ///< of kSparseMixer
  std::vector<bool> expert_layers;          ///< [num_hidden_layers]: which have experts
  int shared_expert_intermediate_size = 0;  ///< 0: no expert is shared

  LatentAttentionConfig latent_attention;  ///< zeros where no layer has one
  StateSpaceConfig state_space;            ///< zeros where no layer is one
};

}  // namespace hearth
