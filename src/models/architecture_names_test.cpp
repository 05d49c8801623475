#include "models/architecture_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string_view> kKnown = {"llama",
                                              "LlamaForCausalLM",
                                              "qwen2",
                                              "qwen3moe",
                                              "gpt-oss",
                                              "GptOssForCausalLM",
                                              "GPTNeoXForCausalLM",
                                              "gptneox",
                                              "Qwen3MoeForCausalLM"};

TEST(RelativesTest, AreOfTheSameFamilyAndSpelling) {
  EXPECT_THAT(relatives_of("qwen5vl", kKnown), ElementsAre("qwen2", "qwen3moe"));
  EXPECT_THAT(relatives_of("Qwen5ForConditionalGeneration", kKnown), ElementsAre("Qwen3MoeForCausalLM"));
  EXPECT_THAT(relatives_of("LlamaForSequenceClassification", kKnown), ElementsAre("LlamaForCausalLM"));
  EXPECT_THAT(relatives_of("GPTJForCausalLM", kKnown), IsEmpty());
  EXPECT_THAT(relatives_of("gpt-j", kKnown), ElementsAre("gpt-oss"));
  EXPECT_THAT(relatives_of("wavtokenizer", kKnown), IsEmpty());
  EXPECT_THAT(relatives_of("", kKnown), IsEmpty());
  EXPECT_THAT(relatives_of("a", {"abc"}), IsEmpty());
}

TEST(RelativesTest, AreFew) {
  const std::vector<std::string_view> many(20, "qwen2");
  EXPECT_EQ(relatives_of("qwen", many).size(), 6u);
}

}  // namespace
}  // namespace hearth
