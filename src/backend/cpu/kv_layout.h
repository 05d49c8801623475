#pragma once

#include "backend/cpu/kernels/attention_kernels.h"
#include "backend/ops.h"
#include "base/check.h"
#include "base/checked_math.h"

namespace hearth::cpu {

/// Where things lie in one layer's part of a KV block: the keys of every kv head, then the values of every kv
/// head, each as `KvCodec` says. A block holds its scales, so it can be copied and spilled by itself.
struct KvLayout {
  static constexpr bool supports(DType dtype) {
    return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kQ8_0 ||
           dtype == DType::kQ4_0;
  }

  explicit KvLayout(const KvShape& shape)
      : codec(codec_of(shape.dtype)),
        key_dim(shape.key_dim),
        key_groups(ceil_div(shape.key_dim, kKvGroup)),
        value_stride(round_up(shape.value_dim, is_quantized(codec) ? kKvGroup : 16)),
        value_groups(value_stride / kKvGroup),
        key_bytes(bytes_of(codec, is_quantized(codec) ? key_groups * kKvGroup : key_dim)),
        value_bytes(bytes_of(codec, value_stride)),
        values_begin(size_t(shape.num_kv_heads) * key_bytes),
        block_bytes(size_t(shape.num_kv_heads) * (key_bytes + value_bytes)) {}

  size_t key_offset(int kv_head) const { return size_t(kv_head) * key_bytes; }
  size_t value_offset(int kv_head) const { return values_begin + size_t(kv_head) * value_bytes; }

  KvCodec codec;
  int key_dim, key_groups;
  int value_stride, value_groups;
  size_t key_bytes, value_bytes;  ///< of one kv head
  size_t values_begin, block_bytes;

 private:
  static KvCodec codec_of(DType dtype) {
    switch (dtype) {
      case DType::kF32:
        return KvCodec::kF32;
      case DType::kF16:
        return KvCodec::kF16;
      case DType::kBF16:
        return KvCodec::kBf16;
      case DType::kQ8_0:
        return KvCodec::kQ8;
      default:
        CHECK(dtype == DType::kQ4_0);
        return KvCodec::kQ4;
    }
  }
  /// Of 32 tokens' `dims` values.
  static size_t bytes_of(KvCodec codec, int dims) {
    const size_t values = size_t(dims) * kKvBlockTokens, scale_bytes = values / kKvGroup * 2;
    switch (codec) {
      case KvCodec::kF32:
        return values * 4;
      case KvCodec::kF16:
      case KvCodec::kBf16:
        return values * 2;
      case KvCodec::kQ8:
        return values + scale_bytes;
      case KvCodec::kQ4:
        return values / 2 + scale_bytes;
    }
    return 0;
  }
};

}  // namespace hearth::cpu
