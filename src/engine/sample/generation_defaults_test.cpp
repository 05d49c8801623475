#include "engine/sample/generation_defaults.h"

#include <cmath>

#include <gtest/gtest.h>

#include "formats/gguf/metadata_keys.h"
#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

SamplingParams read(const GgufBuilder& builder, std::vector<std::string>* notes = nullptr) {
  const std::string bytes = builder.build();
  const GgufFile file = *GgufFile::parse(as_bytes(bytes));
  return default_sampling(gguf_generation_keys(file, [notes](LogLevel, std::string_view line) {
    if (notes != nullptr) notes->emplace_back(line);
  }));
}

TEST(GenerationDefaults, OursWhereTheFileIsSilent) {
  const SamplingParams params = read(GgufBuilder().add("general.name", "x"));
  EXPECT_EQ(params.temperature, 0.7f);
  EXPECT_EQ(params.top_p, 0.95f);
  EXPECT_EQ(params.min_p, 0.05f);
  EXPECT_EQ(params.top_k, 0);
}

TEST(GenerationDefaults, TheAuthorsWhereItIsNot) {
  const SamplingParams params = read(GgufBuilder()
                                         .add("general.sampling.temp", 0.6f)
                                         .add("general.sampling.top_k", int32_t(20))
                                         .add("general.sampling.penalty_repeat", 1.05f));
  EXPECT_EQ(params.temperature, 0.6f);
  EXPECT_EQ(params.top_k, 20);
  EXPECT_EQ(params.repetition_penalty, 1.05f);
  EXPECT_EQ(params.top_p, 1.0f) << "what is not named is off";
  EXPECT_EQ(params.min_p, 0.0f);
}

TEST(GenerationDefaults, ABadValueIsLeftOutAlone) {
  std::vector<std::string> notes;
  const SamplingParams params = read(GgufBuilder()
                                         .add("general.sampling.temp", "warm")
                                         .add("general.sampling.top_k", int32_t(20))
                                         .add("general.sampling.top_p", 7.0f)
                                         .add("general.sampling.min_p", std::nanf(""))
                                         .add("general.sampling.penalty_repeat", 0.0f)
                                         .add("general.sampling.mirostat", int32_t(1)),
                                     &notes);
  EXPECT_EQ(params.top_k, 20);
  EXPECT_EQ(params.temperature, 1.0f);
  EXPECT_EQ(params.top_p, 1.0f);
  EXPECT_EQ(params.min_p, 0.0f);
  EXPECT_EQ(params.repetition_penalty, 1.0f);
  EXPECT_FALSE(params.mirostat.enabled);
  ASSERT_EQ(notes.size(), 5u);
  const char* const kKeys[] = {"temp", "top_p", "min_p", "penalty_repeat", "mirostat"};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(notes[i].starts_with(fmt::format("general.sampling.{} is ", kKeys[i]))) << notes[i];
  }
  EXPECT_EQ(read(GgufBuilder().add("general.sampling.top_k", int32_t(-1))).top_k, 0);
}

TEST(GenerationDefaults, OursWhereNothingIsOfUse) {
  EXPECT_EQ(read(GgufBuilder().add("general.sampling.top_p", 7.0f)).temperature, 0.7f);
}

}  // namespace
}  // namespace hearth
