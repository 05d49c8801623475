#include "transfer/hub/file_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<HubFile> repository(std::initializer_list<const char*> paths) {
  std::vector<HubFile> files;
  for (const char* path : paths) files.push_back({.path = path, .num_bytes = 1});
  return files;
}

std::vector<std::string> paths(const std::vector<HubFile>& files) {
  std::vector<std::string> all;
  for (const HubFile& file : files) all.push_back(file.path);
  return all;
}

std::vector<std::string> weights(const std::vector<HubFile>& files, std::string_view quant) {
  const auto choice = choose_files(files, quant);
  return choice ? paths(choice->weights) : std::vector{choice.error().message + " | " + choice.error().hint};
}

const auto kQuants =
    repository({"README.md", "m-Q2_K.gguf", "m-Q4_K_S.gguf", "m-Q4_K_M.gguf", "m-IQ4_XS.gguf",
                "m-UD-Q4_K_XL.gguf", "m-Q8_0.gguf", "m-f16.gguf", "m-BF16.gguf", "mmproj-m-f16.gguf"});

TEST(FileChoice, AQuantIsTakenByItsName) {
  EXPECT_THAT(weights(kQuants, "Q8_0"), ElementsAre("m-Q8_0.gguf"));
  EXPECT_THAT(weights(kQuants, "q8_0"), ElementsAre("m-Q8_0.gguf"));
  EXPECT_THAT(weights(kQuants, "F16"), ElementsAre("m-f16.gguf")) << "not BF16, and no projector";
  EXPECT_THAT(weights(kQuants, "bf16"), ElementsAre("m-BF16.gguf"));
  EXPECT_THAT(weights(kQuants, "Q4_K_XL"), ElementsAre("m-UD-Q4_K_XL.gguf"));
  EXPECT_THAT(weights(kQuants, "UD-Q4_K_XL"), ElementsAre("m-UD-Q4_K_XL.gguf"));
  EXPECT_THAT(weights(kQuants, "m-Q2_K"), ElementsAre("m-Q2_K.gguf"));
  EXPECT_THAT(weights(kQuants, "m-Q2_K.gguf"), ElementsAre("m-Q2_K.gguf"));
}

TEST(FileChoice, WithoutAQuantTheUsualOneIsTaken) {
  EXPECT_THAT(weights(kQuants, ""), ElementsAre("m-Q4_K_M.gguf"));
  EXPECT_THAT(weights(kQuants, "latest"), ElementsAre("m-Q4_K_M.gguf"));
  EXPECT_THAT(weights(repository({"a-F32.gguf", "a-Q8_0.gguf", "a-Q2_K.gguf"}), ""),
              ElementsAre("a-Q8_0.gguf"));
  EXPECT_THAT(weights(repository({"ggml-model.gguf"}), ""), ElementsAre("ggml-model.gguf"));
  EXPECT_THAT(weights(repository({"sub/a.Q4_K_M.gguf", "a.q4_k_m.gguf"}), ""), ElementsAre("a.q4_k_m.gguf"));
}

TEST(FileChoice, AnUnknownQuantNamesWhatThereIs) {
  const Error error = choose_files(kQuants, "Q5_K_M").error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_TRUE(error.hint.contains("Q4_K_M") && error.hint.contains("Q8_0")) << error.hint;
  EXPECT_FALSE(choose_files(kQuants, "Q4"));
  EXPECT_FALSE(choose_files(kQuants, "4_K_M"));
}

TEST(FileChoice, AllPartsAreTaken) {
  const auto files = repository({"Q8_0/m-Q8_0-00002-of-00002.gguf", "Q8_0/m-Q8_0-00001-of-00002.gguf",
                                 "Q4_0/m-Q4_0-00001-of-00002.gguf"});
  EXPECT_THAT(weights(files, "Q8_0"),
              ElementsAre("Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"));
  const auto choice = choose_files(files, "Q4_0");
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kCorruptData) << "a part is missing";
  EXPECT_THAT(list_quants(files), UnorderedElementsAre("Q8_0", "Q4_0"));
}

TEST(FileChoice, AProjectorComesAlong) {
  EXPECT_THAT(paths(choose_files(kQuants, "")->projector), ElementsAre("mmproj-m-f16.gguf"));
  const auto files =
      repository({"m-Q4_K_M.gguf", "mmproj-BF16.gguf", "mmproj-F16.gguf", "other/mmproj-F16.gguf"});
  EXPECT_THAT(paths(choose_files(files, "")->projector), ElementsAre("mmproj-F16.gguf"));
  EXPECT_THAT(paths(choose_files(repository({"m-Q4_K_M.gguf"}), "")->projector), IsEmpty());
}

TEST(FileChoice, AFolderHasWhatIsRead) {
  const auto files = repository({".gitattributes",
                                 "README.md",
                                 "LICENSE",
                                 "config.json",
                                 "generation_config.json",
                                 "tokenizer.json",
                                 "tokenizer_config.json",
                                 "merges.txt",
                                 "vocab.json",
                                 "tokenizer.model",
                                 "chat_template.jinja",
                                 "model.safetensors.index.json",
                                 "model-00001-of-00002.safetensors",
                                 "model-00002-of-00002.safetensors",
                                 "consolidated.safetensors",
                                 "pytorch_model.bin",
                                 "model.pt",
                                 "tf_model.h5",
                                 "onnx/model.onnx",
                                 "onnx/config.json",
                                 "original/params.json",
                                 "1_Pooling/config.json",
                                 "2_Dense/model.safetensors",
                                 "2_Dense/pytorch_model.bin",
                                 "image.png",
                                 "model.fp16.onnx"});
  const auto choice = choose_files(files, "");
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_THAT(paths(choice->folder),
              UnorderedElementsAre("LICENSE", "config.json", "generation_config.json", "tokenizer.json",
                                   "tokenizer_config.json", "merges.txt", "vocab.json", "tokenizer.model",
                                   "chat_template.jinja", "model.safetensors.index.json",
                                   "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                                   "1_Pooling/config.json", "2_Dense/model.safetensors"));
  EXPECT_THAT(choice->weights, IsEmpty());
  EXPECT_EQ(choose_files(files, "Q4_K_M").error().code, ErrorCode::kNotFound);
}

TEST(FileChoice, WithoutWeightsThereIsNoModel) {
  EXPECT_EQ(choose_files(repository({"config.json", "pytorch_model.bin"}), "").error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(choose_files({}, "").error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace hearth::transfer
