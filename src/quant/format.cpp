#include "quant/format.h"

#include <cstring>

#include "base/check.h"

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
