#include "formats/huggingface/tensors/canonical_tensors.h"

#include <cmath>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/huggingface/huggingface_model_files.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"
#include "tensor/row_reader.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// `size` values of 1, 2, 3, ... as f32.
std::string counted(int size) {
  std::string bytes;
  for (int i = 1; i <= size; ++i) {
    const auto value = float(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

/// A folder whose tensors a test makes up, of a model with two heads and one for keys and values.
class CanonicalTensorsTest : public testing::Test {
 protected:
  CanonicalTensorsTest() {
    folder_.write("config.json", R"({"num_attention_heads": 2, "num_key_value_heads": 1, "hidden_size": 4})");
  }
  void write(const std::string& safetensors) { folder_.write("model.safetensors", safetensors); }
  std::unique_ptr<HuggingFaceModelFiles> open() {
    return HuggingFaceModelFiles::open(folder_.path()).value();
  }

  ModelFolder folder_{"canonical_tensors"};
};

TEST_F(CanonicalTensorsTest, DropsPositionsUpToThatOfPadding) {
  folder_.write("config.json", R"({"pad_token_id": 1})");
  write(SafetensorsBuilder()
            .add("roberta.position_embd.weight", "F32", "[5,2]", counted(10))
            .add("roberta.embeddings.position_ids", "I64", "[1]", std::string(8, '\0'))
            .build());
  const CheckpointConventions conventions{.prefix = "roberta.", .padded_positions = true};
  const auto files = open();
  const TensorSet& tensors = *files->tensors(conventions).value();
  EXPECT_THAT(decode_tensor(*tensors.find("position_embd.weight")), ElementsAre(5, 6, 7, 8, 9, 10));
  EXPECT_EQ(tensors.all().size(), 1u);
  EXPECT_EQ(tensors.spelling("position_embd.weight"), "roberta.position_embd.weight");

  write(SafetensorsBuilder().add("position_embd.weight", "F32", "[2,2]", counted(4)).build());
  const auto short_of_rows = open();
  const auto refused = short_of_rows->tensors(conventions);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCorruptData);
  EXPECT_THAT(refused.error().message, HasSubstr("position_embd.weight"));
}

TEST_F(CanonicalTensorsTest, OrdersRowsAsGgufDoes) {
  write(SafetensorsBuilder()
            .add("model.layers.0.self_attn.q_proj.weight", "F32", "[8,1]", counted(8))
            .add("model.layers.0.self_attn.k_proj.bias", "F32", "[4]", counted(4))
            .add("model.layers.0.self_attn.v_proj.bias", "F32", "[4]", counted(4))
            .add("model.layers.0.input_layernorm.weight", "F32", "[2]", counted(2))
            .build());
  const auto files = open();
  const TensorSet& tensors = *files->tensors({.halves_to_pairs = true, .norm_offset = 1.0f}).value();
  const StoredTensor q = *tensors.find("blk.0.attn_q.weight");
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < 8; ++row) rows.push_back(q.row_order.stored_row(row));
  EXPECT_THAT(rows, ElementsAre(0, 2, 1, 3, 4, 6, 5, 7)) << "of two heads";
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_k.bias")), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_v.bias")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_norm.weight")), ElementsAre(2, 3));
  EXPECT_EQ(files->stored_tensors().front().name, "model.layers.0.input_layernorm.weight");
}

TEST_F(CanonicalTensorsTest, ErrorsNameTensorsAsTheFolderDoes) {
  write(SafetensorsBuilder()
            .add("model.layers.0.self_attn.q_proj.weight", "F32", "[2,4]", counted(8))
            .add("model.layers.0.mlp.experts.down_proj", "F32", "[1,2,4]", counted(8))
            .build());
  const auto files = open();
  const TensorSet& tensors =
      *files->tensors({.stacks = {{.from = "mlp.experts.down_proj", .parts = {"ffn_down_exps"}}}}).value();
  EXPECT_EQ(
      tensors.get("blk.0.attn_q.weight", {8, 1}).error().message,
      "tensor \"model.layers.0.self_attn.q_proj.weight\" has the shape [2, 4], but the model's metadata "
      "asks for [8, 1]");
  EXPECT_EQ(tensors.get("blk.3.attn_k.weight", {8, 1}).error().message,
            "tensor \"model.layers.3.self_attn.k_proj.weight\" is missing; it must have the shape [8, 1]");
  EXPECT_EQ(tensors.spelling("blk.0.ffn_down_exps.weight"), "model.layers.0.mlp.experts.down_proj");
}

TEST_F(CanonicalTensorsTest, LeavesOutWhatConventionsName) {
  write(SafetensorsBuilder()
            .add("model.mtp_block.0.input_layernorm.weight", "F32", "[1]", counted(1))
            .add("model.norm.weight", "F32", "[1]", counted(1))
            .build());
  const auto files = open();
  EXPECT_EQ(files->tensors({.left_out = {"model.mtp_"}}).value()->all().size(), 1u);
  EXPECT_EQ(open()->tensors({}).value()->all().size(), 2u);
}

TEST_F(CanonicalTensorsTest, RefusesTwoFormsOfOneTensor) {
  write(SafetensorsBuilder()
            .add("model.layers.0.mlp.gate.weight", "F32", "[1]", counted(1))
            .add("model.layers.0.block_sparse_moe.gate.weight", "F32", "[1]", counted(1))
            .build());
  const auto files = open();
  const auto tensors = files->tensors({});
  ASSERT_FALSE(tensors.has_value());
  EXPECT_EQ(tensors.error().code, ErrorCode::kCorruptData);
  EXPECT_THAT(tensors.error().message, HasSubstr("both hold the model's \"blk.0.ffn_gate_inp.weight\""));
}

TEST_F(CanonicalTensorsTest, OfAPartAreThoseOfTheTextModel) {
  folder_.write("config.json", R"({"text_config": {"num_attention_heads": 2, "tie_word_embeddings": true}})");
  write(SafetensorsBuilder()
            .add("language_model.model.embed_tokens.weight", "F32", "[1]", counted(1))
            .add("model.language_model.layers.1.input_layernorm.weight", "F32", "[1]", counted(1))
            .add("language_model.lm_head.weight", "F32", "[1]", counted(1))
            .add("vision_tower.embed_tokens.weight", "F32", "[1]", counted(1))
            .add("model.norm.weight", "F32", "[1]", counted(1))
            .build());
  const auto files = open();
  const TensorSet& tensors = *files->tensors({}).value();
  ASSERT_EQ(tensors.all().size(), 2u);
  EXPECT_EQ(tensors.all()[0].name, "blk.1.attn_norm.weight");
  EXPECT_EQ(tensors.spelling("token_embd.weight"), "language_model.model.embed_tokens.weight");
}

TEST_F(CanonicalTensorsTest, TakesQueriesKeysAndValuesApart) {
  write(SafetensorsBuilder()
            .add("model.layers.0.self_attn.qkv_proj.weight", "F32", "[12,1]", counted(12))
            .add("model.layers.0.self_attn.qkv_proj.bias", "F32", "[12]", counted(12))
            .build());
  for (const char* kind : {"weight", "bias"}) {
    SCOPED_TRACE(kind);
    const auto values = [&](const TensorSet& tensors, char part) {
      return decode_tensor(*tensors.find(fmt::format("blk.0.attn_{}.{}", part, kind)));
    };
    const auto files = open(), others = open();
    const TensorSet& by_group = *files->tensors({.qkv_rows = QkvRows::kByGroup}).value();
    EXPECT_THAT(values(by_group, 'q'), ElementsAre(1, 2, 7, 8)) << "of two heads";
    EXPECT_THAT(values(by_group, 'k'), ElementsAre(3, 4, 9, 10));
    EXPECT_THAT(values(by_group, 'v'), ElementsAre(5, 6, 11, 12));
    const TensorSet& in_order =
        *others->tensors({.halves_to_pairs = true, .qkv_rows = QkvRows::kInOrder}).value();
    EXPECT_THAT(values(in_order, 'q'), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(values(in_order, 'k'), ElementsAre(5, 6, 7, 8));
    EXPECT_THAT(values(in_order, 'v'), ElementsAre(9, 10, 11, 12));
  }
}

TEST_F(CanonicalTensorsTest, PairsRowsOfQueriesThatShareAKey) {
  folder_.write("config.json", R"({"num_attention_heads": 4, "hidden_size": 16})");
  write(SafetensorsBuilder()
            .add("model.layers.0.self_attn.qkv_proj.weight", "F32", "[32,1]", counted(32))
            .build());
  const auto files = open();
  const TensorSet& tensors =
      *files->tensors({.halves_to_pairs = true, .qkv_rows = QkvRows::kByGroup}).value();
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_q.weight")),
              ElementsAre(1, 3, 2, 4, 5, 7, 6, 8, 17, 19, 18, 20, 21, 23, 22, 24));
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_k.weight")),
              ElementsAre(9, 11, 10, 12, 25, 27, 26, 28));
  EXPECT_THAT(decode_tensor(*tensors.find("blk.0.attn_v.weight")),
              ElementsAre(13, 14, 15, 16, 29, 30, 31, 32));
}

TEST_F(CanonicalTensorsTest, RefusesRowsThatAreNotOfAllHeads) {
  for (const int rows : {2, 6, 7, 14}) {
    write(SafetensorsBuilder()
              .add("model.layers.0.self_attn.qkv_proj.weight", "F32", fmt::format("[{},1]", rows),
                   counted(rows))
              .build());
    const auto files = open();
    const auto refused = files->tensors({.qkv_rows = QkvRows::kByGroup});
    ASSERT_FALSE(refused.has_value()) << rows;
    EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("{} rows", rows)));
  }
}

TEST_F(CanonicalTensorsTest, TurnsWeightsThatAreStoredTransposed) {
  const CheckpointConventions conventions{.prefix = "transformer.",
                                          .layers = "h.",
                                          .renames = {{"attn.c_attn", "attn_qkv"}},
                                          .transposed = {"attn_qkv"}};
  for (const std::string prefix : {"", "transformer."}) {
    write(SafetensorsBuilder()
              .add(prefix + "h.0.attn.c_attn.weight", "F32", "[2,3]", counted(6))
              .add(prefix + "h.0.attn.c_attn.bias", "F32", "[3]", counted(3))
              .add(prefix + "h.0.attn.bias", "F32", "[1,1,2,2]", counted(4))
              .build());
    const auto files = open();
    const TensorSet& tensors = *files->tensors(conventions).value();
    EXPECT_EQ(tensors.all().size(), 2u) << "the mask is none of the weights";
    EXPECT_THAT(decode_tensor(tensors.get("blk.0.attn_qkv.weight", {3, 2}).value()),
                ElementsAre(1, 4, 2, 5, 3, 6));
    EXPECT_EQ(tensors.spelling("blk.1.attn_qkv.weight"), prefix + "h.1.attn.c_attn.weight");
  }
  write(SafetensorsBuilder().add("h.0.attn.c_attn.weight", "F32", "[6]", counted(6)).build());
  EXPECT_THAT(open()->tensors(conventions).error().message, HasSubstr("no matrix"));
}

TEST_F(CanonicalTensorsTest, LeavesLayersOfFurtherTokensOut) {
  write(SafetensorsBuilder()
            .add("model.layers.0.input_layernorm.weight", "F32", "[2]", counted(2))
            .add("model.layers.99.eh_proj.weight", "F32", "[2]", counted(2))
            .build());
  EXPECT_EQ((*open()->tensors({}))->all().size(), 2u);
  folder_.write("config.json",
                R"({"num_attention_heads": 2, "num_hidden_layers": 1, "num_nextn_predict_layers": 1})");
  const auto files = open();
  const std::vector<ModelTensor>& tensors = (*files->tensors({}))->all();
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].name, "blk.0.attn_norm.weight");
}

TEST_F(CanonicalTensorsTest, RefusesRowsThatMakeNoHeads) {
  for (const char* shape : {"[6,1]", "[6]", "[1,6,1]", "[0,6]"}) {
    write(SafetensorsBuilder()
              .add("model.layers.0.self_attn.q_proj.weight", "F32", shape, counted(shape[1] == '0' ? 0 : 6))
              .build());
    const auto files = open();
    const auto tensors = files->tensors({.halves_to_pairs = true});
    ASSERT_FALSE(tensors.has_value()) << shape;
    EXPECT_THAT(tensors.error().message, HasSubstr("do not make rotary pairs of 2 heads"));
  }
}

/// Experts as gpt-oss has them: two of two rows each for gates and ups, which take turns.
CheckpointConventions stacked_experts() {
  return {.stacks = {{.from = "mlp.experts.gate_up_proj",
                      .parts = {"ffn_gate_exps", "ffn_up_exps"},
                      .alternates = true,
                      .transposed = true},
                     {.from = "mlp.experts.down_proj", .parts = {"ffn_down_exps"}, .transposed = true}}};
}

TEST_F(CanonicalTensorsTest, FindsTheExpertsInTheirStack) {
  write(SafetensorsBuilder()
            .add("model.layers.3.mlp.experts.gate_up_proj", "F32", "[2,3,4]", counted(24))
            .add("model.layers.3.mlp.experts.gate_up_proj_bias", "F32", "[2,4]", counted(8))
            .add("model.layers.3.mlp.experts.down_proj", "F32", "[2,2,3]", counted(12))
            .build());
  const auto files = open();
  const TensorSet& tensors = *files->tensors(stacked_experts()).value();
  const StoredTensor gate = tensors.get("blk.3.ffn_gate_exps.weight", {2, 2, 3}).value();
  EXPECT_THAT(decode_tensor(gate), ElementsAre(1, 5, 9, 3, 7, 11, 13, 17, 21, 15, 19, 23));
  const StoredTensor up = tensors.get("blk.3.ffn_up_exps.weight", {2, 2, 3}).value();
  EXPECT_THAT(decode_tensor(up.matrix(1)), ElementsAre(14, 18, 22, 16, 20, 24));
  const StoredTensor down = tensors.get("blk.3.ffn_down_exps.weight", {2, 3, 2}).value();
  EXPECT_THAT(decode_tensor(down.matrix(0)), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(decode_tensor(tensors.get("blk.3.ffn_gate_exps.bias", {2, 2}).value()),
              ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(decode_tensor(tensors.get("blk.3.ffn_up_exps.bias", {2, 2}).value()), ElementsAre(2, 4, 6, 8));
}

TEST_F(CanonicalTensorsTest, FindsExpertsThatFollowEachOther) {
  write(SafetensorsBuilder()
            .add("model.layers.0.mlp.experts.gate_up_proj", "F32", "[2,4,1]", counted(8))
            .add("model.layers.0.mlp.experts.gate_up_proj_bias", "F32", "[2,4]", counted(8))
            .build());
  const auto files = open();
  const TensorSet& tensors =
      *files
           ->tensors(
               {.stacks = {{.from = "mlp.experts.gate_up_proj", .parts = {"ffn_gate_exps", "ffn_up_exps"}}}})
           .value();
  EXPECT_THAT(decode_tensor(tensors.get("blk.0.ffn_gate_exps.weight", {2, 2, 1}).value()),
              ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(decode_tensor(tensors.get("blk.0.ffn_up_exps.weight", {2, 2, 1}).value()),
              ElementsAre(3, 4, 7, 8));
  EXPECT_THAT(decode_tensor(tensors.get("blk.0.ffn_up_exps.bias", {2, 2}).value()), ElementsAre(3, 4, 7, 8));
}

/// Planes of one expert with rows of 32 inputs: gates of 0.5 and 1, ups of 1.5 and 2.
SafetensorsBuilder published_mxfp4() {
  std::string codes;
  for (const char code : {'\x11', '\x33', '\x22', '\x44'}) codes.append(16, code);
  return SafetensorsBuilder()
      .add("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", "[1,4,1,16]", codes)
      .add("model.layers.0.mlp.experts.gate_up_proj_scales", "U8", "[1,4,1]", std::string(4, '\x7f'));
}

TEST_F(CanonicalTensorsTest, ReadsExpertsOfMxfp4) {
  write(published_mxfp4().build());
  const auto files = open();
  const TensorSet& tensors = *files->tensors(stacked_experts()).value();
  ASSERT_EQ(tensors.all().size(), 2u);
  const StoredTensor gate = tensors.get("blk.0.ffn_gate_exps.weight", {1, 2, 32}).value();
  EXPECT_EQ(gate.dtype, DType::kMXFP4);
  std::vector<float> expected(64, 0.5f);
  std::fill_n(expected.begin() + 32, 32, 1.0f);
  EXPECT_EQ(decode_tensor(gate), expected);
  const std::vector<float> up = decode_tensor(tensors.get("blk.0.ffn_up_exps.weight", {1, 2, 32}).value());
  EXPECT_EQ(up.front(), 1.5f);
  EXPECT_EQ(up.back(), 2.0f);
}

TEST_F(CanonicalTensorsTest, RefusesExpertsOfOtherShapes) {
  struct Fault {
    const char *name, *dtype, *shape;
    size_t bytes;
    const char* message;
  };
  constexpr Fault kFaults[] = {
      {"gate_up_proj", "F32", "[2,3]", 24, "no experts"},
      {"gate_up_proj", "F32", "[1,2,3]", 24, "no experts"},
      {"gate_up_proj", "F32", "[0,2,4]", 0, "no experts"},
      {"gate_up_proj", "F32", "[1,0,4]", 0, "no experts"},
      {"gate_up_proj_bias", "F32", "[1,3]", 12, "no experts"},
      {"gate_up_proj_bias", "F32", "[4]", 16, "no experts"},
      {"down_proj_blocks", "U8", "[1,4,1,16]", 64, "down_proj_scales\" is missing"},
      {"gate_up_proj_blocks", "U8", "[1,4,1,8]", 32, "no experts"},
      {"gate_up_proj_blocks", "I8", "[1,4,1,16]", 64, "no experts"},
      {"gate_up_proj_blocks", "U8", "[1,2,1,16]", 32, "gate_up_proj_scales\" has a type or shape"},
      {"gate_up_proj_blocks", "U8", "[4,1,16]", 64, "no experts"},
  };
  const std::string stem = "model.layers.0.mlp.experts.";
  for (const Fault& fault : kFaults) {
    SCOPED_TRACE(std::string(fault.name) + " " + fault.shape);
    SafetensorsBuilder builder;
    builder.add(stem + fault.name, fault.dtype, fault.shape, std::string(fault.bytes, '\0'));
    builder.add(stem + "gate_up_proj_scales", "U8", "[1,4,1]", "1234");
    write(builder.build());
    const auto files = open();
    const auto tensors = files->tensors(stacked_experts());
    ASSERT_FALSE(tensors.has_value());
    EXPECT_EQ(tensors.error().code, ErrorCode::kCorruptData);
    EXPECT_THAT(tensors.error().message, HasSubstr(fault.message));
    EXPECT_THAT(tensors.error().message, HasSubstr(stem));
  }
}

TEST_F(CanonicalTensorsTest, ShapesStateSpacesAsGgufDoes) {
  const CheckpointConventions own{.layers = "backbone.layers.",
                                  .renames = {{"mixer.A_log", "ssm_a"},
                                              {"mixer.D", "ssm_d"},
                                              {"mixer.conv1d", "ssm_conv1d"},
                                              {"mixer.norm", "ssm_norm"}},
                                  .defaults = {{"n_groups", int64_t{2}}}};
  write(SafetensorsBuilder()
            .add("backbone.layers.0.mixer.A_log", "F32", "[2]", counted(2))
            .add("backbone.layers.0.mixer.D", "F32", "[2]", counted(2))
            .add("backbone.layers.0.mixer.conv1d.weight", "F32", "[3,1,2]", counted(6))
            .add("backbone.layers.0.mixer.norm.weight", "F32", "[4]", counted(4))
            .build());
  const auto files = open();
  const TensorSet& tensors = *files->tensors(own).value();
  EXPECT_THAT(decode_tensor(tensors.get("blk.0.ssm_a", {2, 1}).value()),
              ElementsAre(float(-std::exp(1.0)), float(-std::exp(2.0))));
  EXPECT_THAT(decode_tensor(tensors.get("blk.0.ssm_d", {2, 1}).value()), ElementsAre(1, 2));
  EXPECT_TRUE(tensors.get("blk.0.ssm_conv1d.weight", {3, 2}).has_value());
  EXPECT_TRUE(tensors.get("blk.0.ssm_norm.weight", {2, 2}).has_value());
}

}  // namespace
}  // namespace hearth
