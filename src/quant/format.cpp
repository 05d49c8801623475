#include "quant/format.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/half.h"

namespace hearth {

bool is_decodable(DType dtype) {
  return visit_format(dtype, [](auto) {});
}

void decode_blocks(DType dtype, const std::byte* blocks, int64_t num_values, float* out) {
  const bool found = visit_format(dtype, [&](auto format) {
    using Format = decltype(format);
    CHECK(num_values % Format::block_size == 0);
    typename Format::Block block;
    for (int64_t i = 0; i < num_values; i += Format::block_size, blocks += sizeof(block)) {
      std::memcpy(&block, blocks, sizeof(block));
      Format::decode(block, out + i);
    }
  });
  CHECK(found);
}

namespace {

/// The first value of a block that is not finite, of a block that has one.
template <class Format>
int64_t place_in(const typename Format::Block& block) {
  float values[Format::block_size];
  Format::decode(block, values);
  int64_t at = 0;
  while (at + 1 < Format::block_size && is_finite(values[at])) ++at;
  return at;
}

/// Of the blocks from `begin` to `end`.
template <class Format>
std::optional<int64_t> find_in(const std::byte* blocks, int64_t begin, int64_t end) {
  typename Format::Block block;
  for (int64_t i = begin; i < end; ++i) {
    std::memcpy(&block, blocks + size_t(i) * sizeof(block), sizeof(block));
    if (!Format::is_finite(block)) return i * Format::block_size + place_in<Format>(block);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> find_not_finite(DType dtype, const std::byte* blocks, int64_t num_values) {
  constexpr int64_t kAtOnce = 1024;  // blocks that are looked at without branches
  std::optional<int64_t> place;
  const bool found = visit_format(dtype, [&](auto format) {
    using Format = decltype(format);
    const int64_t num_blocks = num_values / Format::block_size;
    typename Format::Block block;
    for (int64_t begin = 0; begin < num_blocks && !place; begin += kAtOnce) {
      const int64_t end = std::min(num_blocks, begin + kAtOnce);
      int good = 1;
      for (int64_t i = begin; i < end; ++i) {
        std::memcpy(&block, blocks + size_t(i) * sizeof(block), sizeof(block));
        good &= int(Format::is_finite(block));
      }
      if (good == 0) place = find_in<Format>(blocks, begin, end);
    }
  });
  CHECK(found);
  return place;
}

void encode_blocks(DType dtype, const float* values, int64_t num_values, std::byte* blocks) {
  const bool found = visit_format(dtype, [&](auto format) {
    using Format = decltype(format);
    CHECK(num_values % Format::block_size == 0);
    typename Format::Block block;
    for (int64_t i = 0; i < num_values; i += Format::block_size, blocks += sizeof(block)) {
      Format::encode(values + i, block);
      std::memcpy(blocks, &block, sizeof(block));
    }
  });
  CHECK(found);
}

}  // namespace hearth
