#include "backend/cpu/kv_store.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backend/hadamard.h"
#include "base/checked_math.h"
#include "base/half.h"
#include "quant/q4_0.h"
#include "quant/q8_0.h"

namespace hearth::cpu {

namespace {

template <class T>
void put(std::byte* at, size_t index, T value) {
  std::memcpy(at + index * sizeof(T), &value, sizeof(T));
}

/// Writes element i of `in` to at[first + i * step].
void put_floats(KvCodec codec, const float* in, int count, std::byte* at, size_t first, size_t step) {
  for (int i = 0; i < count; ++i) {
    const size_t index = first + size_t(i) * step;
    if (codec == KvCodec::kF16) {
      put(at, index, to_half(in[i]));
    } else if (codec == KvCodec::kBf16) {
      put(at, index, to_bfloat16(in[i]));
    } else {
      put(at, index, in[i]);
    }
  }
}

/// Calls body(group, block) with each group of 32 values as a block of `Format`, after the rotation; the last
/// is padded by zeros.
template <class Format, class Body>
void for_groups(const float* in, int count, Body body) {
  std::vector<float> values(size_t(round_up(count, kKvGroup)));
  std::copy_n(in, count, values.begin());
  rotate_hadamard(values.data(), int64_t(values.size()));
  for (size_t first = 0; first < values.size(); first += kKvGroup) {
    typename Format::Block block;
    Format::encode(&values[first], block);
    body(first / kKvGroup, block);
  }
}

constexpr size_t kTokens = kKvBlockTokens;

}  // namespace

void store_key(const KvLayout& layout, const float* key, int token, std::byte* at) {
  const auto t = size_t(token);
  std::byte* quants = at + size_t(layout.key_groups) * kTokens * sizeof(Half);
  if (layout.codec == KvCodec::kQ8) {
    for_groups<Q8_0>(key, layout.key_dim, [&](size_t group, const Q8_0::Block& block) {
      put(at, group * kTokens + t, block.d);
      for (size_t i = 0; i < 32; ++i) {
        put(quants, ((group * 8 + i / 4) * kTokens + t) * 4 + i % 4, uint8_t(block.qs[i] + 128));
      }
    });
  } else if (layout.codec == KvCodec::kQ4) {
    for_groups<Q4_0>(key, layout.key_dim, [&](size_t group, const Q4_0::Block& block) {
      put(at, group * kTokens + t, block.d);
      for (size_t i = 0; i < 16; ++i) {
        put(quants, ((group * 4 + i / 4) * kTokens + t) * 4 + i % 4, block.qs[i]);
      }
    });
  } else {
    put_floats(layout.codec, key, layout.key_dim, at, t, kTokens);
  }
}

void store_value(const KvLayout& layout, const float* value, int value_dim, int token, std::byte* at) {
  const auto t = size_t(token), groups = size_t(layout.value_groups);
  std::byte* quants = at + groups * kTokens * sizeof(Half);
  if (layout.codec == KvCodec::kQ8) {
    for_groups<Q8_0>(value, value_dim, [&](size_t group, const Q8_0::Block& block) {
      put(at, group * kTokens + t, block.d);
      std::memcpy(quants + (t * groups + group) * sizeof block.qs, block.qs, sizeof block.qs);
    });
  } else if (layout.codec == KvCodec::kQ4) {
    for_groups<Q4_0>(value, value_dim, [&](size_t group, const Q4_0::Block& block) {
      put(at, group * kTokens + t, block.d);
      std::memcpy(quants + (t * groups + group) * sizeof block.qs, block.qs, sizeof block.qs);
    });
  } else {
    put_floats(layout.codec, value, value_dim, at, t * size_t(layout.value_stride), 1);
  }
}

}  // namespace hearth::cpu
