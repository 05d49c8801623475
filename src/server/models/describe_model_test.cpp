#include "server/models/describe_model.h"

#include <vector>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

TEST(DescribeModel, AFingerprintIsOfTheWeightsAndTheProgram) {
  const FileStamp first{.device = 1, .inode = 2, .num_bytes = 3, .written_ns = 4, .changed_ns = 5};
  const std::vector<FileStamp> parts(2, first);
  const std::string expected = fingerprint_of(parts, "1.0");
  EXPECT_TRUE(expected.starts_with("fp_"));
  EXPECT_EQ(fingerprint_of(parts, "1.0"), expected);
  EXPECT_NE(fingerprint_of(parts, "1.1"), expected);
  EXPECT_NE(fingerprint_of(std::span(parts).first(1), "1.0"), expected);
  for (int64_t FileStamp::* time : {&FileStamp::written_ns, &FileStamp::changed_ns}) {
    std::vector<FileStamp> changed = parts;
    changed[1].*time += 1;
    EXPECT_NE(fingerprint_of(changed, "1.0"), expected) << "the second part was changed";
  }
}

TEST(DescribeModel, APresetSetsWhatIsLegal) {
  api::ModelPreset preset;
  preset.options = api::Json::parse(
      R"({"temperature": 0, "top_k": 7, "top_p": 2, "min_p": "x", "repeat_penalty": 1.25, "repeat_last_n": 1.5,
          "num_ctx": 9})");
  SamplingParams defaults;
  defaults.top_p = 0.5f;
  const SamplingParams set = preset_sampling(preset, defaults);
  EXPECT_EQ(set.temperature, 0.0f);
  EXPECT_EQ(set.top_k, 7);
  EXPECT_EQ(set.repetition_penalty, 1.25f);
  EXPECT_EQ(set.top_p, 0.5f);
  EXPECT_EQ(set.min_p, defaults.min_p);
  EXPECT_EQ(set.penalty_last_n, defaults.penalty_last_n);
}

}  // namespace
}  // namespace hearth::server
