#include "formats/huggingface/tensors/scaled_codes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/huggingface/huggingface_model_files.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"
#include "tensor/row_reader.h"

namespace hearth {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kOne = 0x38, kTwo = 0x40;  // as E4M3

/// A folder of weights in 8-bit floats, of a model with two heads.
class ScaledCodesTest : public testing::Test {
 protected:
  void quantise(const std::string& quantization) {
    folder_.write("config.json",
                  R"({"num_attention_heads": 2, "quantization_config": )" + quantization + "}");
  }
  void write(const SafetensorsBuilder& builder) { folder_.write("model.safetensors", builder.build()); }

  std::string refusal() {
    const auto files = HuggingFaceModelFiles::open(folder_.path());
    if (!files) return files.error().message;
    const auto tensors = (*files)->tensors({});
    return tensors ? std::string() : tensors.error().message;
  }
  std::vector<float> values(const std::string& name, const CheckpointConventions& conventions = {}) {
    files_ = HuggingFaceModelFiles::open(folder_.path()).value();
    const TensorSet& tensors = *files_->tensors(conventions).value();
    weight_ = *tensors.find(name);
    EXPECT_EQ(tensors.all().size(), 1u) << "scales are no tensors of the model";
    return decode_tensor(weight_);
  }

  ModelFolder folder_{"scaled_codes"};
  std::unique_ptr<HuggingFaceModelFiles> files_;
  StoredTensor weight_;
};

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

constexpr const char* kBlocks = R"({"quant_method": "fp8", "weight_block_size": [2, 32]})";
constexpr const char* kDown = "blk.0.ffn_down.weight";
constexpr const char* kDownFile = "model.layers.0.mlp.down_proj.weight";

SafetensorsBuilder down(const char* shape, size_t size) {
  return SafetensorsBuilder().add(kDownFile, "F8_E4M3", shape, std::string(size, kOne));
}

TEST_F(ScaledCodesTest, HaveAScaleForEachBlock) {
  quantise(kBlocks);
  write(down("[3,64]", 192).add(std::string(kDownFile) + "_scale_inv", "F32", "[2,2]", floats({1, 2, 3, 4})));
  const std::vector<float> found = values(kDown);
  EXPECT_EQ(weight_.dtype, DType::kFP8);
  EXPECT_EQ(found[0], 1);
  EXPECT_EQ(found[64 + 32], 2);
  EXPECT_EQ(found[2 * 64 + 31], 3);
  EXPECT_EQ(found[2 * 64 + 32], 4);
  EXPECT_EQ(weight_.planes[0].file, files_->files().back()) << "codes stay in the file";
  EXPECT_EQ(files_->stored_tensors()[0].num_parameters + files_->stored_tensors()[1].num_parameters, 192);
}

/// q of two heads, whose rotary pairs are brought side by side: every row keeps its scale.
TEST_F(ScaledCodesTest, KeepTheirScalesInAnotherOrder) {
  quantise(R"({"quant_method": "fbgemm_fp8"})");
  const std::string name = "model.layers.0.self_attn.q_proj.weight";
  write(SafetensorsBuilder()
            .add(name, "F8_E4M3", "[8,1]", std::string(8, kTwo))
            .add(name + "_scale", "F32", "[8,1]", floats({1, 2, 3, 4, 5, 6, 7, 8}))
            .add("model.layers.0.self_attn.q_proj.input_scale_ub", "F32", "[1]", floats({9})));
  EXPECT_THAT(values("blk.0.attn_q.weight", {.halves_to_pairs = true}),
              ElementsAre(2, 6, 4, 8, 10, 14, 12, 16));
  EXPECT_EQ(weight_.dtype, DType::kF32) << "a row of one column is no block";
}

TEST_F(ScaledCodesTest, MayShareOneScale) {
  for (const char* method : {R"({"quant_method": "fp8", "weight_block_size": null})",
                             R"({"quant_method": "compressed-tensors", "format": "float-quantized",
        "config_groups": {"group_0": {"targets": ["Linear"], "input_activations": null,
        "weights": {"num_bits": 8, "type": "float", "strategy": "tensor"}}}})"}) {
    quantise(method);
    for (const auto& [type, shape, scale] : {std::tuple("BF16", "[]", std::string("\xc0\x3f", 2)),
                                             {"F16", "[1]", std::string("\x00\x3e", 2)},
                                             {"F32", "[1,1]", floats({1.5f})}}) {
      write(down("[2,32]", 64)
                .add(std::string(kDownFile) + "_scale", type, shape, scale)
                .add("model.layers.0.mlp.down_proj.input_scale", "F32", "[1]", floats({9}))
                .add("model.layers.0.self_attn.k_scale", "F32", "[1]", floats({9})));
      EXPECT_THAT(values(kDown), Each(1.5f)) << type;
    }
  }
}

TEST_F(ScaledCodesTest, MayHavePowersOfTwo) {
  quantise(R"({"quant_method": "fp8", "scale_fmt": "ue8m0"})");
  write(
      down("[1,160]", 160)
          .add(std::string(kDownFile) + "_scale_inv", "F8_E8M0", "[1,2]", std::string{char(126), char(129)}));
  const std::vector<float> found = values(kDown);
  EXPECT_EQ(found[127], 0.5f);
  EXPECT_EQ(found[128], 4.0f);
  EXPECT_EQ(weight_.dtype, DType::kFP8);
}

TEST_F(ScaledCodesTest, MayBelongToGroups) {
  quantise(R"({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights":
      {"num_bits": 8, "type": "float", "strategy": "group", "group_size": 32}}}})");
  write(down("[2,64]", 128).add(std::string(kDownFile) + "_scale", "F32", "[2,2]", floats({1, 2, 3, 4})));
  const std::vector<float> found = values(kDown);
  EXPECT_THAT((std::vector{found[31], found[32], found[64], found[127]}), ElementsAre(1, 2, 3, 4));
}

TEST_F(ScaledCodesTest, AreRefusedWithoutTheScalesThatTheyNeed) {
  quantise(kBlocks);
  write(down("[3,64]", 192));
  EXPECT_THAT(refusal(), HasSubstr("down_proj.weight_scale_inv\" is missing"));
  write(down("[3,64]", 192).add(std::string(kDownFile) + "_scale_inv", "F32", "[1,2]", floats({1, 2})));
  EXPECT_THAT(refusal(), HasSubstr("other dimensions than scales"));
  write(down("[3,64]", 192).add(std::string(kDownFile) + "_scale_inv", "I32", "[1]", floats({1})));
  EXPECT_THAT(refusal(), HasSubstr("holds scales as I32"));
  write(down("[1,3,64]", 192).add(std::string(kDownFile) + "_scale_inv", "F32", "[1]", floats({1})));
  EXPECT_THAT(refusal(), HasSubstr("is no matrix"));
}

TEST_F(ScaledCodesTest, AreOfMethodsThatAreKnown) {
  write(down("[2,32]", 64));
  struct Case {
    const char* quantization;
    const char* message;
  };
  const Case kCases[] = {
      {R"({"quant_method": "gptq", "bits": 4})", "quantised by \"gptq\""},
      {R"({"quant_method": "awq"})", "quantised by \"awq\""},
      {R"({"quant_method": "bitsandbytes"})", "quantised by \"bitsandbytes\""},
      {R"({"bits": 4})", "a method that it does not name"},
      {R"({"quant_method": "fp8", "expert_dtype": "fp4"})", "expert_dtype"},
      {R"({"quant_method": "fp8", "weight_block_size": [0, 32]})", "not the rows and columns of a block"},
      {R"({"quant_method": "fp8", "weight_block_size": 128})", "not an array"},
      {R"({"quant_method": "compressed-tensors"})", "config_groups is missing"},
      {R"({"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"weights":
        {"num_bits": 4, "type": "int"}}}})",
       "\"compressed-tensors\" (\"pack-quantized\")"},
      {R"({"quant_method": "compressed-tensors", "sparsity_config": {"format": "sparse-24-bitmask"},
        "config_groups": {}})",
       "with a sparsity_config"},
      {"7", "is the number 7, not an object"},
  };
  for (const auto& [quantization, message] : kCases) {
    quantise(quantization);
    EXPECT_THAT(refusal(), HasSubstr(message)) << quantization;
  }
  folder_.write("config.json", R"({"text_config": {"quantization_config": {"quant_method": "gptq"}}})");
  EXPECT_THAT(refusal(), HasSubstr("text_config.quantization_config"));
}

}  // namespace
}  // namespace hearth
