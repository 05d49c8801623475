#include "models/blocks/rope_frequencies.h"

#include <cmath>

#include <gtest/gtest.h>

#include "models/testing/tiny_model.h"

namespace hearth {

namespace {

// rope_angles.gguf holds what transformers computes in f32 for settings of models in use.
class RopeFrequenciesTest : public testing::TestWithParam<int> {
 protected:
  std::vector<float> floats(const std::string& name) const {
    const Result<TensorView> view = expected_.tensor(name);
    std::vector<float> values(view ? size_t(view->shape.size()) : 0);
    if (view) decode_blocks(view->dtype, view->data.data(), view->shape.size(), values.data());
    return values;
  }

  const GgufFile expected_ = *GgufFile::open(TinyModel::path("rope_angles"));
};

TEST_P(RopeFrequenciesTest, GivesTheAnglesOfTransformersAtFarPositions) {
  const std::string prefix = fmt::format("rope.{}.", GetParam());
  const GgufFile& keys = expected_;
  const std::string type(*keys.get<std::string_view>(prefix + "type"));
  RopeSpec spec;
  spec.rotary_dim = *keys.get<int>(prefix + "rotary_dim");
  spec.theta = *keys.get<float>(prefix + "theta");
  RopeScaling& scaling = spec.scaling;
  scaling.factor = *keys.get<float>(prefix + "factor");
  scaling.attention_factor = *keys.get<float>(prefix + "magnitude");
  scaling.original_max_position_embeddings = *keys.get<int>(prefix + "original");
  const std::vector<float> factors = floats(prefix + "factors");
  if (type == "linear") scaling.type = RopeScaling::Type::kLinear;
  if (type == "yarn") scaling.type = RopeScaling::Type::kYarn;
  if (type == "dynamic") scaling.type = RopeScaling::Type::kDynamic;
  scaling.truncate = *keys.get<bool>(prefix + "truncate");
  if (type == "llama3") {
    scaling.type = RopeScaling::Type::kLlama3;
    scaling.freq_factors = factors;
  }
  if (type == "longrope") {
    scaling.type = RopeScaling::Type::kLongRope;
    scaling.long_factors = factors;
  }
  const RopeFrequencies rope = rope_frequencies(spec, 32768);
  const std::vector<float> cos = floats(prefix + "cos"), sin = floats(prefix + "sin");
  const Result<TensorView> positions = expected_.tensor("positions");
  ASSERT_TRUE(positions.has_value());
  const size_t pairs = rope.inv_freq.size();
  ASSERT_EQ(cos.size(), pairs * size_t(positions->shape.size()));
  size_t num_beyond = 0;
  for (size_t i = 0; i < cos.size(); ++i) {
    int32_t position;
    std::memcpy(&position, positions->data.data() + i / pairs * sizeof(position), sizeof(position));
    const float angle = float(position) * rope.inv_freq[i % pairs];
    const float error = std::max(std::abs(std::cos(angle) * rope.magnitude - cos[i]),
                                 std::abs(std::sin(angle) * rope.magnitude - sin[i]));
    // A frequency that rounds to the neighbouring float, here or there.
    EXPECT_LE(error, 1e-6f + angle * 0x1p-23f) << type << " at " << position << ", pair " << i % pairs;
    if (error > 1e-6f) ++num_beyond;
  }
  // PyTorch's power is off by one unit in the last place now and then.
  EXPECT_LE(num_beyond, cos.size() / 25) << type;
}

INSTANTIATE_TEST_SUITE_P(Cases, RopeFrequenciesTest, testing::Range(0, 7));

}  // namespace

}  // namespace hearth
