#include "engine/generation_defaults.h"

#include <gtest/gtest.h>

#include "formats/gguf_builder.h"

namespace hearth {
namespace {

Result<SamplingParams> read(const GgufBuilder& builder) {
  const std::string bytes = builder.build();
  const GgufFile file = *GgufFile::parse(as_bytes(bytes));
  return default_sampling(file);
}

TEST(GenerationDefaults, OursWhereTheFileIsSilent) {
  const SamplingParams params = *read(GgufBuilder().add("general.name", "x"));
  EXPECT_EQ(params.temperature, 0.7f);
  EXPECT_EQ(params.top_p, 0.95f);
  EXPECT_EQ(params.min_p, 0.05f);
  EXPECT_EQ(params.top_k, 0);
}

TEST(GenerationDefaults, TheAuthorsWhereItIsNot) {
  const SamplingParams params = *read(GgufBuilder()
                                          .add("general.sampling.temp", 0.6f)
                                          .add("general.sampling.top_k", int32_t(20))
                                          .add("general.sampling.penalty_repeat", 1.05f));
  EXPECT_EQ(params.temperature, 0.6f);
  EXPECT_EQ(params.top_k, 20);
  EXPECT_EQ(params.repetition_penalty, 1.05f);
  EXPECT_EQ(params.top_p, 1.0f) << "what is not named is off";
  EXPECT_EQ(params.min_p, 0.0f);
}

TEST(GenerationDefaults, BadValuesNameTheKey) {
  const auto wrong_range = read(GgufBuilder().add("general.sampling.top_p", 7.0f));
  ASSERT_FALSE(wrong_range.has_value());
  EXPECT_EQ(wrong_range.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(wrong_range.error().message.find("top_p"), std::string::npos);
  const auto wrong_type = read(GgufBuilder().add("general.sampling.temp", "warm"));
  ASSERT_FALSE(wrong_type.has_value());
  EXPECT_NE(wrong_type.error().message.find("general.sampling.temp"), std::string::npos);
  EXPECT_EQ(read(GgufBuilder().add("general.sampling.top_k", int32_t(-1)))->top_k, 0);
}

}  // namespace
}  // namespace hearth
