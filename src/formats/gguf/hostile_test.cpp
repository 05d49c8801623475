// Files made to break a reader. What must hold of each: it loads, or fails with an error that names the field
// and its offset. Inputs are held in blocks of exactly their size, so that a sanitizer sees every read past
// the end.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/gguf/gguf.h"
#include "formats/gguf/gguf_model_files.h"
#include "formats/gguf/types.h"
#include "formats/gguf/vocabulary.h"
#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

/// Touches all that a file gives access to; returns a sum so that nothing is optimised away.
size_t read_everything(const GgufFile& file) {
  size_t sum = 0;
  for (const GgufMetadata& entry : file.metadata()) {
    sum += entry.key.size() + file.find(entry.key)->as<std::string_view>().value_or("").size();
    const auto array = entry.value.as<MetadataArray>();
    if (!array) continue;
    for (const std::string_view text : array->strings()) sum += text.empty() ? 0 : size_t(text.back());
    if (array->element_type() == MetadataType::kString) continue;
    for (size_t i = 0; i < array->size(); ++i) sum += size_t((*array)[i].as<uint8_t>().value_or(1));
  }
  for (const GgufTensor& tensor : file.tensors()) {
    const auto view = file.tensor(tensor.name);
    if (!view) continue;
    for (const std::byte byte : view->data) sum += size_t(byte);
  }
  const auto vocab = read_vocabulary(file);
  if (vocab) sum += vocab->tokens.size();
  return sum + read_chat_templates(file).named.size();
}

/// Parses a copy that ends where an allocation ends. Nothing where it loads, and everything in it can be
/// read.
std::optional<Error> parse(std::string_view bytes) {
  const auto copy = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  const auto file = GgufFile::parse({copy.get(), bytes.size()});
  if (!file) return file.error();
  EXPECT_LT(read_everything(*file), SIZE_MAX);
  return std::nullopt;
}

void expect_good_error(const Error& error, std::string_view what) {
  EXPECT_THAT(error.message, ContainsRegex("at offset [0-9]+")) << what;
  EXPECT_THAT(error.message, testing::Not(HasSubstr("\n"))) << what;
  EXPECT_FALSE(error.hint.empty()) << what;
  EXPECT_TRUE(error.code == ErrorCode::kCorruptData || error.code == ErrorCode::kUnsupported ||
              error.code == ErrorCode::kResourceLimit)
      << what << ": " << error.message;
}

void expect_error(const GgufBuilder& builder, std::string_view expected_part) {
  const auto error = parse(builder.build());
  ASSERT_TRUE(error.has_value()) << expected_part;
  expect_good_error(*error, expected_part);
  EXPECT_THAT(error->message, HasSubstr(std::string(expected_part)));
}

/// A model's header of about 4 KB: every kind of value, a vocabulary, some tensors.
GgufBuilder model() {
  std::vector<std::string> tokens, merges;
  for (int i = 0; i < 96; ++i) tokens.push_back(fmt::format("token{}", i));
  for (int i = 0; i < 40; ++i) merges.push_back(fmt::format("left{} right", i));
  GgufBuilder builder;
  builder.add("general.architecture", "llama")
      .add("general.alignment", uint32_t(32))
      .add("llama.block_count", uint32_t(1))
      .add("llama.rope.freq_base", 10000.0f)
      .add("llama.head_count_kv", std::vector<uint32_t>{1, 2, 3})
      .add("flags", std::vector<bool>{true, false})
      .add("tokenizer.ggml.model", "gpt2")
      .add("tokenizer.ggml.tokens", tokens)
      .add("tokenizer.ggml.token_type", std::vector<int32_t>(96, 1))
      .add("tokenizer.ggml.scores", std::vector<float>(96, 0.5f))
      .add("tokenizer.ggml.merges", merges)
      .add("tokenizer.ggml.bos_token_id", uint32_t(1))
      .add("tokenizer.ggml.add_bos_token", true)
      .add("tokenizer.chat_template", "{{ messages }}");
  for (int i = 0; i < 4; ++i) {
    builder.add({.name = fmt::format("blk.{}.weight", i),
                 .type_id = 8,
                 .dims = {32, 2},
                 .data = std::string(68, 'w')});
  }
  builder.add({.name = "norm.weight", .type_id = 0, .dims = {4}, .data = std::string(16, 'n')});
  return builder;
}

TEST(GgufHostileTest, TheModelItselfLoads) {
  const GgufBuilder builder = model();
  EXPECT_GT(builder.header_bytes(), 3500u);
  const auto error = parse(builder.build());
  EXPECT_FALSE(error.has_value()) << error->message;
}

TEST(GgufHostileTest, EveryTruncationFails) {
  const std::string bytes = model().build();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto error = parse(std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(error.has_value()) << "cut at " << size;
    ASSERT_NO_FATAL_FAILURE(expect_good_error(*error, fmt::format("cut at {}", size)));
    EXPECT_EQ(error->code, ErrorCode::kCorruptData) << size;
    EXPECT_THAT(error->hint, HasSubstr("download it again")) << size;
  }
}

TEST(GgufHostileTest, EveryNumberAtEveryEdge) {
  const GgufBuilder builder = model();
  const std::string bytes = builder.build();
  const std::array<uint64_t, 14> edges = {0,
                                          1,
                                          (1ull << 31) - 1,
                                          1ull << 31,
                                          (1ull << 32) - 1,
                                          1ull << 32,
                                          (1ull << 63) - 1,
                                          1ull << 63,
                                          UINT64_MAX - 31,
                                          UINT64_MAX - 7,
                                          UINT64_MAX,
                                          bytes.size() - 1,
                                          bytes.size(),
                                          bytes.size() + 1};
  size_t num_failed = 0, num_loaded = 0;
  for (const GgufBuilder::Field& field : builder.fields()) {
    for (const uint64_t edge : edges) {
      std::string changed = bytes;
      std::memcpy(changed.data() + field.offset, &edge, field.bytes);
      const auto error = parse(changed);
      const std::string what = fmt::format("{} at offset {} = {}", field.name, field.offset, edge);
      error ? ++num_failed : ++num_loaded;
      if (!error) continue;
      ASSERT_NO_FATAL_FAILURE(expect_good_error(*error, what));
      if (field.bytes != 8 || edge <= bytes.size()) continue;
      // A length, a count or an offset is found where it stands; a dimension, by what its tensor would take.
      const bool is_dimension = field.name.ends_with(" dim");
      EXPECT_THAT(error->message, HasSubstr(is_dimension ? field.name.substr(0, field.name.size() - 4)
                                                         : fmt::format("at offset {}", field.offset)))
          << what;
    }
  }
  EXPECT_GT(num_failed, 1000u);
  EXPECT_GT(num_loaded, 20u);  // a changed token type or alignment may still be a valid file
}

TEST(GgufHostileTest, EveryByteAtSomeValues) {
  const std::string bytes = model().build();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char value : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
      std::string changed = bytes;
      changed[i] = value;
      const auto error = parse(changed);
      if (error)
        ASSERT_NO_FATAL_FAILURE(expect_good_error(*error, fmt::format("byte {} = {}", i, int(value))));
    }
  }
}

TEST(GgufHostileTest, SumOfSizesCannotWrap) {
  GgufBuilder builder;
  for (int i = 0; i < 5; ++i) {
    builder.add({.name = fmt::format("t{}", i), .type_id = 24, .dims = {1ull << 62}, .data = "x"});
  }
  expect_error(builder, "beyond the file");
  // The last tensor, whose padded size is what wraps.
  GgufBuilder last;
  last.add({.name = "a", .type_id = 24, .dims = {32}, .data = std::string(32, 'a')})
      .add({.name = "b", .type_id = 24, .dims = {uint64_t(INT64_MAX)}, .data = "b", .offset = 32});
  expect_error(last, "beyond the file");
  GgufBuilder wrapping;
  wrapping.add({.name = "a", .type_id = 24, .dims = {1}, .data = "a", .offset = UINT64_MAX - 31});
  expect_error(wrapping, "beyond the file");
}

TEST(GgufHostileTest, NoShapeWrapsATensorsSize) {
  const std::array<uint64_t, 10> dims = {1,
                                         32,
                                         256,
                                         1 << 16,
                                         (1ull << 32) - 256,
                                         1ull << 32,
                                         1ull << 48,
                                         1ull << 62,
                                         (1ull << 63) - 256,
                                         UINT64_MAX - 255};
  size_t num_loaded = 0;
  for (const uint32_t type : {0u, 1u, 2u, 3u, 8u, 10u, 12u, 14u, 16u, 23u, 28u, 39u, 777u}) {
    for (const uint64_t a : dims) {
      for (const uint64_t b : dims) {
        for (const uint64_t c : dims) {
          for (const uint64_t d : {dims[0], dims[3], dims[5], dims[9]}) {
            GgufBuilder builder;
            builder.add({.name = "t", .type_id = type, .dims = {a, b, c, d}, .data = std::string(64, 'x')});
            const std::string bytes = builder.build();
            const auto file = GgufFile::parse(as_bytes(bytes));
            if (!file) continue;
            ++num_loaded;
            // By long double, whose range no product of these leaves.
            const long double values = (long double)a * (long double)b * (long double)c * (long double)d;
            ASSERT_LT(values, 0x1p63L);
            ASSERT_EQ((long double)file->tensors()[0].shape.size(), values);
            const auto info = gguf_type_info(type);
            if (!info) continue;
            ASSERT_LE(values / info->block_size * info->block_bytes, 64.0L);
          }
        }
      }
    }
  }
  EXPECT_GT(num_loaded, 10u);
}

TEST(GgufHostileTest, AlignmentIsAPowerOfTwoOfTheRightType) {
  for (const uint32_t alignment : {0u, 1u, 2u, 3u, 4u, 7u, 24u, 33u, 1u << 21, 1u << 31, UINT32_MAX}) {
    GgufBuilder builder;
    builder.add("general.alignment", alignment).add({.name = "t", .type_id = 24, .dims = {1}, .data = "x"});
    expect_error(builder, fmt::format("is {}, not a power of two", alignment));
  }
  GgufBuilder wide, negative, text, list;
  expect_error(wide.add("general.alignment", uint64_t(1) << 63), "is of type uint64, not uint32");
  expect_error(negative.add("general.alignment", int32_t(32)), "is of type int32, not uint32");
  expect_error(text.add("general.alignment", "32"), "is of type string, not uint32");
  expect_error(list.add("general.alignment", std::vector<uint32_t>{32}), "is of type array, not uint32");
}

TEST(GgufHostileTest, OffsetsAreAlignedAndInsideTheFile) {
  GgufBuilder unaligned, past, overlapping;
  unaligned.add({.name = "t", .type_id = 24, .dims = {1}, .data = std::string(40, 'x'), .offset = 4});
  expect_error(unaligned, "is 4, not a multiple of the alignment 32");
  past.add({.name = "t", .type_id = 24, .dims = {33}, .data = std::string(64, 'x'), .offset = 32});
  expect_error(past, "beyond the file");
  overlapping.add({.name = "a", .type_id = 24, .dims = {40}, .data = std::string(40, 'a')})
      .add({.name = "b", .type_id = 24, .dims = {8}, .data = std::string(64, 'b'), .offset = 32});
  expect_error(overlapping, "inside tensor \"a\"");
}

TEST(GgufHostileTest, ShapesHaveOneToFourDimensionsAndNoZero) {
  for (const uint32_t rank : {0u, 5u, 64u, UINT32_MAX}) {
    GgufBuilder builder;
    builder.add({.name = "t", .type_id = 24, .dims = {1, 1}, .data = "x", .rank = rank});
    expect_error(builder, fmt::format("is {}, not within 1..4", rank));
  }
  GgufBuilder zero, partial;
  expect_error(zero.add({.name = "t", .type_id = 24, .dims = {4, 0}, .data = "x"}),
               "a tensor cannot be empty");
  expect_error(partial.add({.name = "t", .type_id = 2, .dims = {48}, .data = std::string(64, 'x')}),
               "not a multiple of the 32 values in a block of Q4_0");
}

TEST(GgufHostileTest, NamesAreUnique) {
  GgufBuilder keys, tensors, empty;
  expect_error(keys.add("twice", uint8_t(1)).add("once", uint8_t(1)).add("twice", uint8_t(2)),
               "metadata key \"twice\" stands twice");
  expect_error(tensors.add({.name = "t", .type_id = 24, .dims = {1}, .data = "x"})
                   .add({.name = "t", .type_id = 24, .dims = {1}, .data = "x"}),
               "tensor \"t\" stands twice");
  expect_error(empty.add("", "a value"), "is 0, not within 1..65535");
}

TEST(GgufHostileTest, UnknownTypesAndNestedArraysFail) {
  for (const uint32_t type : {13u, 255u, 1u << 31, UINT32_MAX}) {
    GgufBuilder value, element;
    expect_error(value.add_raw("k", type, std::string(16, '\0')),
                 fmt::format("is {}, which GGUF does not define", type));
    std::string array(12, '\0');
    std::memcpy(array.data(), &type, 4);
    array[4] = 1;
    expect_error(element.add_raw("k", 9, array), fmt::format("is {}, which GGUF does not define", type));
  }
  GgufBuilder nested;
  expect_error(nested.add_raw("k", 9, std::string("\x09\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0", 16)),
               "nested arrays");
  GgufBuilder boolean, booleans;
  expect_error(boolean.add_raw("k", 7, "\x02"), "is 2, not 0 or 1");
  expect_error(booleans.add_raw("k", 9, std::string("\7\0\0\0\2\0\0\0\0\0\0\0\1\xff", 14)),
               "is 255, not 0 or 1");
}

TEST(GgufHostileTest, OtherVersionsAndByteOrdersAreNamed) {
  expect_error(GgufBuilder(1), "version at offset 4 is 1");
  expect_error(GgufBuilder(4), "version at offset 4 is 4");
  expect_error(GgufBuilder(0), "version at offset 4 is 0");
  expect_error(GgufBuilder(0x03000000), "big-endian");
  EXPECT_EQ(parse(GgufBuilder(0x03000000).build())->code, ErrorCode::kUnsupported);
  std::string lower = GgufBuilder().build();
  lower.replace(0, 4, "ggml");
  EXPECT_THAT(parse(lower)->message, HasSubstr("starts with \"ggml\" at offset 0"));
}

TEST(GgufHostileTest, CountsBeyondTheFileFailAtOnce) {
  for (const uint64_t count : {uint64_t(1) << 60, UINT64_MAX, uint64_t(1000)}) {
    GgufBuilder tensors, metadata, array;
    expect_error(tensors.claim(count, 0), "tensor count at offset 8");
    expect_error(metadata.claim(0, count), "metadata count at offset 16");
    std::string claim("\x08\0\0\0\0\0\0\0\0\0\0\0", 12);
    std::memcpy(claim.data() + 4, &count, 8);
    expect_error(array.add_raw("k", 9, claim), "array length at offset");
  }
}

TEST(GgufHostileTest, MessagesShowNoControlCharacters) {
  GgufBuilder builder;
  builder.add("\x1b[31mred\nline", uint8_t(1)).add("\x1b[31mred\nline", uint8_t(1));
  const auto error = parse(builder.build());
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr(R"("\x1b[31mred\nline")"));
}

/// The slowest headers of a given size: all names, all tensors, all strings.
std::vector<std::string> slow_headers(size_t bytes) {
  std::vector<std::string> headers;
  const std::string prefix(200, 'p');
  GgufBuilder keys, tensors, strings;
  for (size_t i = 0; i < std::min<size_t>(bytes / 220, 65000); ++i)
    keys.add(fmt::format("{}{:08}", prefix, i), uint8_t(i));
  headers.push_back(keys.build());
  for (size_t i = 0; i < std::min<size_t>(bytes / 42, 65000); ++i) {
    tensors.add({.name = fmt::format("{:05}", 99999 - i), .type_id = 24, .dims = {1}, .data = "x"});
  }
  headers.push_back(tensors.build());
  strings.add("k", std::vector<std::string>(bytes / 8));
  headers.push_back(strings.build());
  headers.push_back(strings.build().substr(0, bytes - 3));
  return headers;
}

TEST(GgufHostileTest, TimeIsBoundedByTheSize) {
  for (const std::string& header : slow_headers(4 << 20)) {
    const auto start = std::chrono::steady_clock::now();
    const auto file = GgufFile::parse(as_bytes(header));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), double(header.size()) / (1 << 20)) << "one second per MB";
    EXPECT_EQ(file.has_value(), header.size() != (4 << 20) - 3);
  }
}

}  // namespace
}  // namespace hearth
