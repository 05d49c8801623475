#pragma once

#include <cstddef>
#include <optional>

#include "backend/cpu/kernels/panel.h"
#include "quant/dtype.h"

namespace hearth::cpu {

/// The codec that holds a file's type without loss, if there is one.
std::optional<Codec> codec_of(DType dtype);

/// Writes `count` rows (at most 16) of `k` inputs, stored as `dtype` one after the other, into one panel.
/// Rows past `count` are left as they are (zero in fresh memory).
void pack_panel(Codec codec, DType dtype, const std::byte* rows, int64_t count, int64_t k, uint8_t* panel);

/// Row `row` of a panel as floats, [k].
void unpack_row(Codec codec, const uint8_t* panel, int row, int64_t k, float* out);

}  // namespace hearth::cpu
