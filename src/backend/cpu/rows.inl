// Kernels of one row: norms, gates, quantisation.

void rms_norm(const float* in, const float* weight, float eps, int64_t cols, float* out) {
  F32 squares = splat(0.0f);
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = load_part(in + i, cols - i);
    squares = fma(x, x, squares);
  }
  const float factor = 1.0f / __builtin_sqrtf(sum_lanes(squares) / float(cols) + eps);
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = mul(load_part(in + i, cols - i), splat(factor));
    store_part(out + i, mul(x, load_part(weight + i, cols - i)), cols - i);
  }
}

inline F32 silu(F32 x) { return div(x, add(splat(1.0f), exp(sub(splat(0.0f), x)))); }

inline F32 gelu_tanh(F32 x) {
  const F32 cube = mul(mul(x, x), x);
  const F32 inner = mul(splat(0.797884561f), fma(splat(0.044715f), cube, x));
  return mul(mul(splat(0.5f), x), add(splat(1.0f), tanh(inner)));
}

template <F32 (*kActivation)(F32)>
void gate_rows(const float* gates, const float* up, int64_t cols, float* out) {
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 gated = mul(kActivation(load_part(gates + i, cols - i)), load_part(up + i, cols - i));
    store_part(out + i, gated, cols - i);
  }
}

void gate(int activation, const float* gates, const float* up, int64_t cols, float* out) {
  if (activation == 0) {
    gate_rows<silu>(gates, up, cols, out);
  } else {
    gate_rows<gelu_tanh>(gates, up, cols, out);
  }
}

void scale(const float* in, float factor, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += 16) {
    store_part(out + i, mul(load_part(in + i, count - i), splat(factor)), count - i);
  }
}

/// Sum of 16 whole numbers, which floats hold exactly; 0 where one is not a number.
inline int32_t sum_whole(F32 x) {
  const float sum = sum_lanes(x);
  return sum == sum ? int32_t(sum) : 0;
}

/// 32 floats as whole numbers in [-127, 127]; returns what a 1 stands for.
inline float to_whole(const float* in, F32 (&parts)[2]) {
  const F32 low = load(in), high = load(in + 16);
  const float largest = max_lanes(max(abs(low), abs(high)));
  const F32 factor = splat(largest > 0.0f ? 127.0f / largest : 0.0f);
  parts[0] = round(mul(low, factor));
  parts[1] = round(mul(high, factor));
  return largest / 127.0f;
}

void quantize(const float* in, int64_t k, int width, int lane, bool by_column, int8_t* values, float* scales,
              float* sums, int32_t* starts) {
  for (int64_t block = 0; block < k / kBlock; ++block) {
    F32 parts[2];
    const float step = to_whole(in + block * kBlock, parts);
    const int32_t halves[2] = {sum_whole(parts[0]), sum_whole(parts[1])};
    if (by_column) {
      int8_t* out = values + (block * width + lane) * kBlock;
      store_bytes(out, parts[0]);
      store_bytes(out + 16, parts[1]);
    } else {
      alignas(64) int8_t bytes[kBlock];
      store_bytes(bytes, parts[0]);
      store_bytes(bytes + 16, parts[1]);
      int8_t* out = values + block * kBlock * width + lane * 4;
      for (int group = 0; group < kGroups; ++group)
        __builtin_memcpy(out + group * 4 * width, bytes + group * 4, 4);
    }
    scales[block * width + lane] = step;
    sums[block * width + lane] = step * float(halves[0] + halves[1]);
    for (int half = 0; half < 2; ++half) starts[(block * 2 + half) * width + lane] = -8 * halves[half];
  }
}
