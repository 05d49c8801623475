// What files of an architecture may say that no model here computes is refused by name.

#include <filesystem>
#include <functional>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/backends.h"
#include "base/file.h"
#include "formats/gguf/gguf_model_files.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"
#include "models/loader.h"
#include "models/testing/gguf_editor.h"
#include "models/testing/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr size_t kMostBytes = 1 << 20;

/// A tiny folder with a part of its config.json replaced.
struct Refusal {
  const char* fixture;
  const char *from, *to;
  const char* message;

  friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.fixture << " " << refusal.to;
  }
};

constexpr const char* kVocab = R"("vocab_size": 264)";
constexpr const char* kNomic = R"("model_type": "nomic_bert")";

const Refusal kRefusals[] = {
    {"falcon", R"("alibi": false)", R"("alibi": true)", "config.json: alibi is true, which is not supported"},
    {"falcon", R"("parallel_attn": true)", R"("parallel_attn": false)",
     "parallel_attn is false, which is not supported"},
    {"falcon_40b", R"("num_kv_heads": 2)", R"("num_kv_heads": 3)",
     "num_kv_heads is 3, which does not divide"},
    {"gpt2", R"("scale_attn_by_inverse_layer_idx": false)", R"("scale_attn_by_inverse_layer_idx": true)",
     "scale_attn_by_inverse_layer_idx is true, which is not supported"},
    {"gpt2", R"("scale_attn_weights": true)", R"("scale_attn_weights": false)",
     "scale_attn_weights is false, which is not supported"},
    {"hunyuan_dense", kVocab, R"("vocab_size": 264, "use_cla": true)", "use_cla is true"},
    {"hunyuan_dense", kVocab, R"("vocab_size": 264, "use_qk_norm": false)", "use_qk_norm is false"},
    {"bloom", R"("apply_residual_connection_post_layernorm": false)",
     R"("apply_residual_connection_post_layernorm": true)", "post_layernorm is true, which is not supported"},
    {"mpt", R"("qk_ln": false)", R"("qk_ln": true)", "attn_config.qk_ln is true"},
    {"mpt", R"("attn_type": "multihead_attention")", R"("attn_type": "multiquery_attention")",
     "attn_config.attn_type is \"multiquery_attention\""},
    {"mpt", R"("logit_scale": null)", R"("logit_scale": "inv_sqrt_d_model")", "logit_scale is not supported"},
    {"mpt", R"("norm_type": "low_precision_layernorm")", R"("norm_type": "rmsnorm")",
     "norm_type names no norm"},
    {"apertus", kVocab, R"("vocab_size": 264, "post_norm": true)", "post_norm is true"},
    {"bitnet", kVocab, R"("vocab_size": 264, "weight_bits": 1)", "weight_bits says"},
    {"mpt", R"("alibi": true)", R"("alibi": false)", "the table of learned positions"},
    {"seed_oss", R"("hidden_act": "silu")", R"("hidden_act": "xielu")", "xielu.alpha_p nor tensors"},
    {"minicpm", kVocab, R"("vocab_size": 264, "sparse_config": {"dense_len": 8192})",
     "sparse_config asks for"},
    {"minicpm", kVocab, R"("vocab_size": 264, "num_experts": 8, "num_experts_per_tok": 2)",
     "num_experts is 8"},
    {"bitnet", kVocab, R"("vocab_size": 264, "quantization_config": {"quant_method": "bitnet"})",
     "quantised by \"bitnet\""},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "num_experts": 8, "moe_top_k": 2)",
     "config.json: num_experts is 8: encoders of experts (Nomic Embed 2) are not supported"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "prenorm": true)", "prenorm is true"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "parallel_block": true)", "parallel_block is true"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "use_rms_norm": true)", "use_rms_norm is true"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "rotary_emb_interleaved": true)",
     "rotary_emb_interleaved is true"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "rotary_emb_fraction": 0.5)",
     "rotary_emb_fraction is 0.5, but heads are rotated whole"},
    {"nomic_bert", kNomic, R"("model_type": "nomic_bert", "rotary_scaling_factor": 2.0)",
     "rotary_scaling_factor asks for a rotation that depends on a text's length"},
    {"jina_bert_v2", R"("feed_forward_type": "geglu")", R"("feed_forward_type": "reglu")",
     "feed_forward_type is \"reglu\"; geglu is supported"},
    {"jina_bert_v2", R"("position_embedding_type": "alibi")", R"("position_embedding_type": "rotary")",
     "position_embedding_type is \"rotary\"; alibi is supported"},
    {"bert", kVocab, R"("vocab_size": 264, "position_embedding_type": "rotary")",
     "position_embedding_type is \"rotary\"; absolute positions are supported"},
};

class RefusedModels : public testing::TestWithParam<Refusal> {};

INSTANTIATE_TEST_SUITE_P(Keys, RefusedModels, testing::ValuesIn(kRefusals));

TEST_P(RefusedModels, NameTheKey) {
  const fs::path source = TinyModel::folder() / GetParam().fixture;
  std::string config = *read_file(source / "config.json", kMostBytes);
  const size_t at = config.find(GetParam().from);
  ASSERT_NE(at, config.npos);
  config.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
  const ModelFolder folder("refused");
  for (const auto& entry : fs::directory_iterator(source)) {
    if (entry.path().filename() != "config.json") fs::copy(entry.path(), folder.path());
  }
  folder.write("config.json", config);
  const auto files = open_model_files(folder.path());
  const Error error = files ? describe_model(**files).error() : files.error();
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

TEST(RefusedModels, NameBaichuan2ByItsVocabulary) {
  const ModelFolder folder("baichuan2");
  folder.write("config.json", R"({"architectures": ["BaichuanForCausalLM"], "num_hidden_layers": 1,
      "hidden_size": 4, "num_attention_heads": 1, "intermediate_size": 4, "rms_norm_eps": 1e-6,
      "max_position_embeddings": 64})");
  folder.write("model.safetensors", SafetensorsBuilder()
                                        .add("model.embed_tokens.weight", "BF16", "[125696,1]",
                                             std::string(size_t(125696) * 2, '\0'))
                                        .build());
  const auto refused = describe_model(**open_model_files(folder.path()));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("that of Baichuan 2"));
}

/// Of a tiny file whose tensors are renamed, or that is of another architecture.
Error load_edited(const std::string& fixture, const std::function<void(GgufEditor&)>& edit) {
  const std::string file = *read_file(TinyModel::path(fixture), kMostBytes);
  GgufEditor editor(file);  // keeps a view of it
  edit(editor);
  const std::string bytes = editor.bytes();
  std::vector<GgufFile> parts;
  parts.push_back(GgufFile::parse(as_bytes(bytes)).value());
  const auto files = GgufModelFiles::from_parts(std::move(parts));
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const auto model = load_model(**files, *backend, {});
  EXPECT_FALSE(model.has_value()) << fixture;
  return model ? Error{} : model.error();
}

TEST(RefusedModels, NameTheCodeVariantOfJinaByItsNorms) {
  const Error of_gguf = load_edited("jina_bert_v2", [](GgufEditor& editor) {
    editor.tensor("blk.0.attn_q.bias").name = "blk.0.attn_q_norm.weight";
  });
  EXPECT_EQ(of_gguf.code, ErrorCode::kUnsupported);
  EXPECT_THAT(of_gguf.message,
              HasSubstr("the tensor blk.0.attn_q_norm.weight is of the code variant of Jina Embeddings 2"));
  EXPECT_THAT(of_gguf.hint, HasSubstr("of a language"));
  const ModelFolder folder("jina_code");
  fs::copy(TinyModel::folder() / "jina_bert_v2/config.json", folder.path());
  folder.write("model.safetensors", SafetensorsBuilder()
                                        .add("embeddings.word_embeddings.weight", "BF16", "[264,48]",
                                             std::string(size_t(264) * 48 * 2, '\0'))
                                        .add("encoder.layer.0.attention.self.layer_norm_q.weight", "BF16",
                                             "[48]", std::string(96, '\0'))
                                        .build());
  const auto files = open_model_files(folder.path());
  ASSERT_TRUE(files.has_value()) << files.error().message;
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const auto model = load_model(**files, *backend, {});
  ASSERT_FALSE(model.has_value());
  EXPECT_THAT(model.error().message,
              HasSubstr("encoder.layer.0.attention.self.layer_norm_q.weight is of the code variant"));
}

TEST(RefusedModels, NameEncodersOfExpertsByTheirArchitecture) {
  const Error error = load_edited(
      "nomic_bert", [](GgufEditor& editor) { editor.set_text("general.architecture", "nomic-bert-moe"); });
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("'nomic-bert-moe' is not supported"));
  EXPECT_THAT(error.hint, HasSubstr("nomic-bert"));
}

TEST(RefusedModels, HaveFewerLearnedPositionsThanTheContext) {
  const TinyModel tiny = TinyModel::open("gpt2");
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const auto model = load_model(*tiny.files, *backend, {.context_limit = 257});
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(model.error().message, "the model has learned 256 positions, fewer than a context of 257");
}

/// GGUF files of Baichuan say by the number of layers alone how positions are known.
TEST(BaichuanFiles, RotateUnlessTheyHaveTheLayersOf13B) {
  const std::string file = *read_file(TinyModel::path("baichuan"), kMostBytes);
  for (const uint32_t layers : {32, 40}) {
    GgufEditor editor(file);
    editor.set("baichuan.block_count", MetadataType::kUint32, layers);
    const std::string bytes = editor.bytes();
    std::vector<GgufFile> parts;
    parts.push_back(GgufFile::parse(as_bytes(bytes)).value());
    const auto files = GgufModelFiles::from_parts(std::move(parts));
    const ModelConfig config = describe_model(**files)->config;
    EXPECT_EQ(config.alibi_bias_max, layers == 40 ? 8.0f : 0.0f);
    EXPECT_EQ(config.rotary_dim, layers == 40 ? 0 : 8);
  }
}

}  // namespace
}  // namespace hearth
