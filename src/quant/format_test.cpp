#include "quant/format.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/file.h"

namespace hearth {
namespace {

std::vector<DType> decodable_types() {
  std::vector<DType> types;
  for_each_format([&](auto format) { types.push_back(format.dtype); });
  return types;
}

std::string type_name(const testing::TestParamInfo<DType>& info) {
  return std::string(dtype_info(info.param).name);
}

/// Blocks and the floats that the `gguf` package makes of them; and the reverse, where it has a quantiser.
/// Made by tools/make_quant_fixtures.py.
struct Fixture {
  std::string bytes;
  ByteSpan blocks, decoded, values, encoded;
  int64_t num_decoded = 0, num_values = 0;
};

Fixture read_fixture(DType dtype) {
  const DTypeInfo info = dtype_info(dtype);
  std::string name(info.name);
  std::ranges::transform(name, name.begin(), [](char c) { return char(std::tolower(c)); });
  Fixture fixture;
  auto bytes = read_file(std::string(HEARTH_SOURCE_DIR "/tests/fixtures/quant/") + name + ".bin", 1 << 20);
  EXPECT_TRUE(bytes.has_value()) << name;
  fixture.bytes = bytes.value_or("");
  ByteReader reader(as_bytes(fixture.bytes));
  const auto count = reader.read<uint32_t>("blocks");
  fixture.num_decoded = int64_t(count.value_or(0)) * info.block_size;
  fixture.blocks = reader.take(count.value_or(0) * info.block_bytes, "blocks").value();
  fixture.decoded = reader.take(size_t(fixture.num_decoded) * sizeof(float), "values").value();
  const auto encoded = reader.read<uint32_t>("blocks");
  fixture.num_values = int64_t(encoded.value_or(0)) * info.block_size;
  fixture.values = reader.take(size_t(fixture.num_values) * sizeof(float), "values").value();
  fixture.encoded = reader.take(encoded.value_or(0) * info.block_bytes, "blocks").value();
  EXPECT_EQ(reader.remaining(), 0u) << name;
  return fixture;
}

std::vector<float> to_floats(ByteSpan bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

class FormatTest : public testing::TestWithParam<DType> {
 protected:
  DTypeInfo info() const { return dtype_info(GetParam()); }

  std::vector<std::byte> encode(const std::vector<float>& values) const {
    std::vector<std::byte> blocks(values.size() / info().block_size * info().block_bytes);
    encode_blocks(GetParam(), values.data(), int64_t(values.size()), blocks.data());
    return blocks;
  }
  std::vector<float> decode(const std::vector<std::byte>& blocks) const {
    std::vector<float> values(blocks.size() / info().block_bytes * info().block_size);
    decode_blocks(GetParam(), blocks.data(), int64_t(values.size()), values.data());
    return values;
  }
  std::vector<float> round_trip(const std::vector<float>& values) const { return decode(encode(values)); }
};

TEST_P(FormatTest, DecodesAsTheGgufPackageDoes) {
  const Fixture fixture = read_fixture(GetParam());
  ASSERT_GT(fixture.num_decoded, 0);
  const std::vector<float> expected = to_floats(fixture.decoded);
  std::vector<float> values(expected.size());
  decode_blocks(GetParam(), fixture.blocks.data(), fixture.num_decoded, values.data());
  for (size_t i = 0; i < expected.size(); ++i) {
    // A NaN's sign and payload are the processor's choice.
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(values[i])) << "value " << i;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected[i]))
          << "value " << i << ": " << values[i] << " for " << expected[i];
    }
  }
}

TEST_P(FormatTest, DecodesUnalignedBlocks) {
  const Fixture fixture = read_fixture(GetParam());
  std::vector<std::byte> shifted(fixture.blocks.size() + 1);
  std::memcpy(shifted.data() + 1, fixture.blocks.data(), fixture.blocks.size());
  std::vector<float> aligned(size_t(fixture.num_decoded)), unaligned(aligned.size());
  decode_blocks(GetParam(), fixture.blocks.data(), fixture.num_decoded, aligned.data());
  decode_blocks(GetParam(), shifted.data() + 1, fixture.num_decoded, unaligned.data());
  EXPECT_EQ(std::memcmp(aligned.data(), unaligned.data(), aligned.size() * sizeof(float)), 0);
}

/// Of the formats that the package has a quantiser for.
class ReferenceEncoderTest : public FormatTest {};

TEST_P(ReferenceEncoderTest, EncodesAsTheGgufPackageDoes) {
  const Fixture fixture = read_fixture(GetParam());
  ASSERT_GT(fixture.num_values, 0);
  const std::vector<std::byte> blocks = encode(to_floats(fixture.values));
  ASSERT_EQ(blocks.size(), fixture.encoded.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_EQ(blocks[i], fixture.encoded[i])
        << "byte " << i % info().block_bytes << " of block " << i / info().block_bytes;
  }
}

/// Mean squared error over mean square.
double nmse(const std::vector<float>& values, const std::vector<float>& truth) {
  double error = 0.0, power = 0.0;
  for (size_t i = 0; i < truth.size(); ++i) {
    error += (double(values[i]) - truth[i]) * (double(values[i]) - truth[i]);
    power += double(truth[i]) * truth[i];
  }
  return error / power;
}

/// A tenth above what the encoders leave of normally distributed values. Expect step^2 / 12: a 4-bit code for
/// values within 2.1 standard deviations, as of 32 they are, has a step of 0.28 and an error of 0.0065.
double largest_nmse(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 0.0;
    case DType::kF16:
      return 5e-8;
    case DType::kBF16:
      return 3e-6;
    case DType::kQ4_0:
      return 8.2e-3;
    case DType::kQ4_1:
      return 6.7e-3;
    case DType::kQ5_0:
      return 2e-3;
    case DType::kQ5_1:
      return 1.6e-3;
    case DType::kQ8_0:
      return 3.2e-5;
    case DType::kQ2_K:
      return 8e-2;
    case DType::kQ3_K:
      return 2.3e-2;
    case DType::kQ4_K:
      return 5.6e-3;
    case DType::kQ5_K:
      return 1.4e-3;
    case DType::kQ6_K:
      return 3.3e-4;
    case DType::kIQ4_NL:
      return 6e-3;
    case DType::kIQ4_XS:
      return 6.1e-3;
    case DType::kMXFP4:
      return 1.4e-2;
    case DType::kTQ1_0:
    case DType::kTQ2_0:
      return 7e-1;
    case DType::kFP8:
      return 7e-4;
    default:
      ADD_FAILURE() << "no figure for " << dtype_info(dtype).name;
      return 0.0;
  }
}

TEST_P(FormatTest, RoundTripOfNormalValuesLosesLittle) {
  std::mt19937 random(7);
  for (const float scale : {1e-3f, 1.0f, 300.0f}) {
    std::normal_distribution<float> normal(0.0f, scale);
    std::vector<float> values(256 * 64);
    std::ranges::generate(values, [&] { return normal(random); });
    const double error = nmse(round_trip(values), values);
    EXPECT_LE(error, largest_nmse(GetParam())) << "scale " << scale;
    EXPECT_GE(error, largest_nmse(GetParam()) / 1.5) << "scale " << scale << ": the bound is out of date";
  }
}

TEST_P(FormatTest, EveryValueOfABlockKeepsItsPlace) {
  // One large value among zeros: it must come back where it was, in every place.
  const size_t size = std::max<size_t>(info().block_size, 32);
  for (size_t place = 0; place < size; ++place) {
    std::vector<float> values(size, 0.0f);
    values[place] = place % 2 == 0 ? 3.0f : -3.0f;
    const std::vector<float> result = round_trip(values);
    for (size_t i = 0; i < size; ++i) {
      ASSERT_NEAR(result[i], values[i], i == place ? 0.55f : 0.2f)
          << "value " << i << " of a spike at " << place;
    }
  }
}

TEST_P(FormatTest, ZerosStayZeros) {
  for (const float value : round_trip(std::vector<float>(512, 0.0f))) ASSERT_EQ(value, 0.0f);
}

TEST_P(FormatTest, DecodedValuesEncodeToThemselvesNearly) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  std::vector<float> values(256 * 16);
  std::ranges::generate(values, [&] { return normal(random); });
  const std::vector<float> once = round_trip(values);
  // A second pass may pick other scales, but loses less than the first.
  EXPECT_LE(nmse(round_trip(once), once), largest_nmse(GetParam()));
}

TEST_P(FormatTest, AnyInputEncodes) {
  constexpr float kInf = std::numeric_limits<float>::infinity(),
                  kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> strange = {kInf, -kInf, kNan, 3e38f, -3e38f, 1e-40f, -1e-45f, 0.0f, -0.0f, 1.0f};
  std::mt19937 random(13);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> values(256);
    std::ranges::generate(values, [&] { return strange[random() % strange.size()]; });
    // Nothing is promised but that it ends, which the sanitizers watch.
    EXPECT_EQ(round_trip(values).size(), values.size());
  }
}

INSTANTIATE_TEST_SUITE_P(AllFormats, FormatTest, testing::ValuesIn(decodable_types()), type_name);
INSTANTIATE_TEST_SUITE_P(PlainFormats, ReferenceEncoderTest,
                         testing::Values(DType::kF32, DType::kF16, DType::kBF16, DType::kQ4_0, DType::kQ4_1,
                                         DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kMXFP4,
                                         DType::kTQ1_0, DType::kTQ2_0),
                         type_name);

TEST(DTypeInfoTest, KnowsEveryTypeAndNoOther) {
  EXPECT_EQ(dtype_info(DType::kQ4_K).name, "Q4_K");
  EXPECT_EQ(dtype_info(DType::kQ4_K).block_size, 256u);
  EXPECT_EQ(dtype_info(DType::kQ4_K).block_bytes, 144u);
  EXPECT_EQ(dtype_info(DType::kI16).block_bytes, 2u);
  size_t known = 0;
  for (uint32_t id = 0; id < 1000; ++id) {
    const auto info = dtype_info(id);
    if (!info) continue;
    ++known;
    EXPECT_EQ(uint32_t(info->dtype), id);
    EXPECT_GT(info->block_bytes, 0u);
  }
  EXPECT_EQ(known, decodable_types().size() + 8);
  EXPECT_FALSE(dtype_info(UINT32_MAX).has_value());
  EXPECT_FALSE(is_decodable(DType::kI32));
  EXPECT_TRUE(is_decodable(DType::kBF16));
}

TEST(ScaleSearchTest, FindsAnExactScale) {
  std::vector<float> values;
  for (int q = -4; q <= 3; ++q) values.push_back(0.25f * float(q));
  EXPECT_FLOAT_EQ(fit_scale(values, -4), 0.25f);
  for (float& value : values) value = -value;
  EXPECT_FLOAT_EQ(fit_scale(values, -4), -0.25f);
}

TEST(ScaleSearchTest, FindsAnExactLine) {
  std::vector<float> values;
  for (int q = 0; q <= 15; ++q) values.push_back(0.5f * float(q) - 3.0f);
  const ScaleAndMinimum fit = fit_scale_and_minimum(values, 15);
  EXPECT_FLOAT_EQ(fit.scale, 0.5f);
  EXPECT_FLOAT_EQ(fit.minimum, 3.0f);
}

TEST(ScaleSearchTest, NeverGivesANegativeMinimum) {
  const std::vector<float> values = {5.0f, 6.0f, 7.0f, 5.5f};
  const ScaleAndMinimum fit = fit_scale_and_minimum(values, 3);
  EXPECT_GE(fit.minimum, 0.0f);
  EXPECT_FLOAT_EQ(fit.scale, 54.0f / 21.0f);  // codes 2, 2, 3, 2
}

TEST(ScaleSearchTest, NearestEntryIsNearest) {
  for (float value = -150.0f; value < 150.0f; value += 0.25f) {
    const int found = nearest_entry(value, kIq4Codebook);
    for (const int8_t entry : kIq4Codebook) {
      ASSERT_LE(std::fabs(value - float(kIq4Codebook[found])), std::fabs(value - float(entry))) << value;
    }
  }
}

TEST(Mxfp4Test, ScaleIsAPowerOfTwo) {
  for (int e = 0; e < 256; ++e) EXPECT_EQ(MXFP4::scale(uint8_t(e)), std::ldexp(1.0f, e - 128)) << e;
}

class FindNotFinite : public testing::TestWithParam<DType> {};

INSTANTIATE_TEST_SUITE_P(Types, FindNotFinite, testing::ValuesIn(decodable_types()), type_name);

/// It says without decoding what decoding would show, of blocks of any bytes.
TEST_P(FindNotFinite, FindsTheFirst) {
  const DTypeInfo info = dtype_info(GetParam());
  std::mt19937 random(1);
  constexpr int64_t kBlocks = 2500;
  size_t num_found = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<std::byte> bytes(size_t(kBlocks) * info.block_bytes);
    for (std::byte& byte : bytes) byte = std::byte(random() % (round % 4 == 0 ? 256 : 0x70));
    if (round % 4 == 1) {
      const size_t block = random() % kBlocks * info.block_bytes;
      for (size_t i = 0; i < info.block_bytes; ++i) bytes[block + i] = std::byte{0xff};
    }
    std::vector<float> values(size_t(kBlocks) * info.block_size);
    decode_blocks(GetParam(), bytes.data(), int64_t(values.size()), values.data());
    const auto bad = std::ranges::find_if_not(values, [](float x) { return std::isfinite(x); });
    const auto found = find_not_finite(GetParam(), bytes.data(), int64_t(values.size()));
    ASSERT_EQ(found.has_value(), bad != values.end()) << round;
    if (found) {
      EXPECT_EQ(*found, bad - values.begin());
      ++num_found;
    }
  }
  EXPECT_GT(num_found, 5u);
}

}  // namespace
}  // namespace hearth
