#include "store/import/weights_file_name.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

struct Case {
  std::string file, base, quantisation;
  int part = 1, num_parts = 1;
};

TEST(WeightsFileName, CustomsOfPublishersAreRead) {
  const std::vector<Case> cases = {
      {"SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct", "Q4_1"},
      {"Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Llama-3.2-1B-Instruct", "Q4_K_M"},
      {"qwen2.5-0.5b-instruct-q8_0.gguf", "qwen2.5-0.5b-instruct", "q8_0"},
      {"Big-IQ2_XXS-00002-of-00011.gguf", "Big", "IQ2_XXS", 2, 11},
      {"model-BF16.GGUF", "model", "BF16"},
      {"gpt-oss-20b-mxfp4.gguf", "gpt-oss-20b", "mxfp4"},
      {"TriLM-TQ1_0.gguf", "TriLM", "TQ1_0"},
      {"model.gguf", "model", ""},
      {"qwen-q4.gguf", "qwen-q4", ""},
      {"a-00000-of-00002.gguf", "a-00000-of-00002", ""},
      {"a-0001-of-0002.gguf", "a-0001-of-0002", ""},
      {".Q4_0.gguf", ".Q4_0", ""},
      {"", "", ""},
      {".gguf", "", ""},
  };
  for (const Case& c : cases) {
    const WeightsFileName name = read_weights_file_name(c.file);
    EXPECT_EQ(name.base, c.base) << c.file;
    EXPECT_EQ(name.quantisation, c.quantisation) << c.file;
    EXPECT_EQ(name.part, c.part) << c.file;
    EXPECT_EQ(name.num_parts, c.num_parts) << c.file;
    EXPECT_FALSE(name.is_projector) << c.file;
  }
  EXPECT_TRUE(read_weights_file_name("mmproj-model-f16.gguf").is_projector);
  EXPECT_TRUE(read_weights_file_name("gemma-3-4b-it-mmproj-BF16.gguf").is_projector);
}

}  // namespace
}  // namespace hearth
