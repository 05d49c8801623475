#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "quant/dtype.h"
#include "quant/fp8.h"
#include "quant/iq4_nl.h"
#include "quant/iq4_xs.h"
#include "quant/mxfp4.h"
#include "quant/plain.h"
#include "quant/q2_k.h"
#include "quant/q3_k.h"
#include "quant/q4_0.h"
#include "quant/q4_1.h"
#include "quant/q4_k.h"
#include "quant/q5_0.h"
#include "quant/q5_1.h"
#include "quant/q5_k.h"
#include "quant/q6_k.h"
#include "quant/q8_0.h"
#include "quant/tq1_0.h"
#include "quant/tq2_0.h"

namespace hearth {

/// A storage format of weights: blocks of `block_size` values. `decode` is exact (one rounding a step, as the
/// format's formula is written) and pure; `encode` rounds to nearest; `is_finite` says, without decoding,
/// whether no value of a block is NaN or infinite. The block formats need no library but
/// <cmath>, and no exceptions, so that device code can use `decode`.
template <typename F>
concept QuantFormat =
    std::is_trivially_copyable_v<typename F::Block> &&
    requires(const typename F::Block& block, typename F::Block& out, const float* in, float* values) {
      { F::dtype } -> std::convertible_to<DType>;
      { F::name } -> std::convertible_to<std::string_view>;
      { F::block_size } -> std::convertible_to<int>;
      F::decode(block, values);
      { F::is_finite(block) } -> std::convertible_to<bool>;
      F::encode(in, out);
    };

template <QuantFormat... Formats>
struct FormatList {};

/// Every format; adding one here and to `DType` is all it takes for generic code to know it.
using AllFormats = FormatList<F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K,
                              IQ4_NL, IQ4_XS, MXFP4, TQ1_0, TQ2_0, FP8>;

/// Calls fn(Format{}) for each format: `for_each_format([](auto format) { using F = decltype(format); ...
/// });`
template <typename Fn>
constexpr void for_each_format(Fn&& fn) {
  [&]<typename... Formats>(FormatList<Formats...>) { (fn(Formats{}), ...); }(AllFormats{});
}

/// Calls fn(Format{}) for the format of `dtype`; false where `dtype` is none (an integer type, F64).
template <typename Fn>
constexpr bool visit_format(DType dtype, Fn&& fn) {
  bool found = false;
  for_each_format([&](auto format) {
    if (format.dtype != dtype) return;
    fn(format);
    found = true;
  });
  return found;
}

/// Whether `dtype` can be decoded to floats: all but the integer types and F64.
bool is_decodable(DType dtype);

/// Decodes `num_values` values, a multiple of the block size, from blocks that need not be aligned. `dtype`
/// must be decodable.
void decode_blocks(DType dtype, const std::byte* blocks, int64_t num_values, float* out);

/// The first of `num_values` values that is NaN or infinite; nothing where all are finite. As decode_blocks,
/// at the speed of memory.
std::optional<int64_t> find_not_finite(DType dtype, const std::byte* blocks, int64_t num_values);

/// The reverse, by the format's own round-to-nearest quantiser.
void encode_blocks(DType dtype, const float* values, int64_t num_values, std::byte* blocks);

}  // namespace hearth
