#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "formats/gguf/gguf_model_files.h"
#include "quant/format.h"

namespace hearth {
namespace {

/// The default model, SmolLM2-135M-Instruct in Q4_1.
class GgufModelTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("HEARTH_TEST_MODEL");
    ASSERT_NE(path, nullptr) << "set HEARTH_TEST_MODEL to SmolLM2-135M-Instruct.Q4_1.gguf; ./dev test does";
    auto files = GgufModelFiles::open(path);
    ASSERT_TRUE(files.has_value()) << files.error().message;
    files_ = std::move(*files);
  }

  std::unique_ptr<GgufModelFiles> files_;
};

TEST_F(GgufModelTest, HoldsWhatItsCardSays) {
  EXPECT_EQ(files_->stored_tensors().size(), 272u);
  int64_t num_parameters = 0;
  for (const NamedTensor& tensor : files_->stored_tensors()) num_parameters += tensor.view.shape.size();
  EXPECT_EQ(num_parameters, 134515008);
  const GgufFile& metadata = files_->parts().front();
  EXPECT_EQ(metadata.get<std::string_view>("general.architecture"), "llama");
  EXPECT_EQ(metadata.get<int32_t>("llama.block_count"), 30);
  EXPECT_EQ(metadata.get<float>("llama.rope.freq_base"), 100000.0f);
  const TensorSet& tensors = **files_->tensors({});
  const auto head = tensors.get("token_embd.weight", Shape({49152, 576}));
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->dtype, DType::kQ8_0);
  EXPECT_EQ(tensors.get("blk.0.attn_q.weight", Shape({576, 576})).value().dtype, DType::kQ4_1);
}

TEST_F(GgufModelTest, HoldsItsVocabularyAndTemplate) {
  const auto vocab = files_->vocabulary(no_log());
  ASSERT_TRUE(vocab.has_value()) << vocab.error().message;
  EXPECT_EQ(vocab->model, "gpt2");
  EXPECT_EQ(vocab->pre, "smollm");
  ASSERT_EQ(vocab->tokens.size(), 49152u);
  EXPECT_EQ(vocab->tokens[1], "<|im_start|>");
  EXPECT_EQ(vocab->token_types[1], TokenType::kControl);
  EXPECT_EQ(vocab->merges.size(), 48900u);
  EXPECT_EQ(vocab->bos_id, 1);
  EXPECT_EQ(vocab->eos_id, 2);
  EXPECT_EQ(vocab->add_bos, false);
  const auto templates = files_->chat_templates(no_log());
  EXPECT_TRUE(templates.default_source.value_or("").starts_with("{% for message in messages %}"));
  EXPECT_TRUE(templates.named.empty());
}

TEST_F(GgufModelTest, DecodesToWeights) {
  for (const NamedTensor& tensor : files_->stored_tensors()) {
    std::vector<float> values(size_t(tensor.view.shape.size()));
    decode_blocks(tensor.view.dtype, tensor.view.data.data(), int64_t(values.size()), values.data());
    double power = 0.0;
    for (const float value : values) power += double(value) * value;
    // Weights of a trained model: finite, of ordinary size, not all zero.
    const double rms = std::sqrt(power / double(values.size()));
    EXPECT_GT(rms, 1e-3) << tensor.name;
    EXPECT_LT(rms, 10.0) << tensor.name;
  }
}

}  // namespace
}  // namespace hearth
