#include "server/models/model_info.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

const std::filesystem::path kModels = HEARTH_SOURCE_DIR "/tests/fixtures/models";

bool has(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

TEST(ModelInfo, OfAGgufFile) {
  const ModelInfo info = *read_model_info(kModels / "llama3.gguf", false);
  EXPECT_EQ(info.details.format, "gguf");
  EXPECT_EQ(info.details.family, "llama");
  EXPECT_FALSE(info.details.quantization_level.empty());
  EXPECT_EQ(info.details.parameter_size,
            parameter_size_text(info.keys["general.parameter_count"].get<uint64_t>()));
  EXPECT_EQ(info.keys["general.architecture"], "llama");
  EXPECT_GT(info.keys["llama.context_length"], 0);
  EXPECT_FALSE(info.keys.contains("general.name"));
  EXPECT_EQ(info.keys["tokenizer.ggml.tokens"], api::Json::array());
  EXPECT_TRUE(info.tensors.empty());
  EXPECT_TRUE(has(info.capabilities, "completion"));
  EXPECT_TRUE(has(info.capabilities, "tools"));
  const ModelInfo all = *read_model_info(kModels / "llama3.gguf", true);
  EXPECT_GT(all.keys["tokenizer.ggml.tokens"].size(), 5u);
  ASSERT_FALSE(all.tensors.empty());
  uint64_t num_parameters = 0;
  for (const api::Json& tensor : all.tensors) {
    uint64_t size = 1;
    for (const api::Json& dimension : tensor["shape"]) size *= dimension.get<uint64_t>();
    num_parameters += size;
  }
  EXPECT_EQ(num_parameters, all.keys["general.parameter_count"].get<uint64_t>());
}

TEST(ModelInfo, OfAFolderAndAnEncoder) {
  const ModelInfo folder = *read_model_info(kModels / "bloom", false);
  EXPECT_EQ(folder.details.format, "safetensors");
  EXPECT_FALSE(folder.details.quantization_level.empty());
  const ModelInfo encoder = *read_model_info(kModels / "nomic_bert.gguf", false);
  EXPECT_EQ(encoder.capabilities, std::vector<std::string>{"embedding"});
  EXPECT_FALSE(read_model_info(kModels / "none.gguf", false).has_value());
}

TEST(ModelInfo, WritesSizesAsOllamaDoes) {
  EXPECT_EQ(parameter_size_text(134'515'008), "134.52M");
  EXPECT_EQ(parameter_size_text(1'100'048'384), "1.1B");
  EXPECT_EQ(parameter_size_text(7'000'000'000), "7B");
  EXPECT_EQ(parameter_size_text(21'400), "21K");
  EXPECT_EQ(parameter_size_text(12), "12");
}

TEST(ModelInfo, DetailsAreReadAgainWhenTheFileChanges) {
  const std::filesystem::path copy = std::filesystem::path(::testing::TempDir()) / "details.gguf";
  std::filesystem::copy_file(kModels / "llama3.gguf", copy,
                             std::filesystem::copy_options::overwrite_existing);
  ModelDetailsCache cache;
  EXPECT_EQ(cache.get(copy)->family, "llama");
  const auto later = std::filesystem::last_write_time(copy) + std::chrono::seconds(5);
  std::filesystem::copy_file(kModels / "nomic_bert.gguf", copy,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::last_write_time(copy, later);
  EXPECT_EQ(cache.get(copy)->family, "nomic-bert");
  std::filesystem::remove(copy);
  EXPECT_EQ(cache.get(copy), std::nullopt);
}

}  // namespace
}  // namespace hearth::server
