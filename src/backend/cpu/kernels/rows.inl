// Kernels of one row: norms, gates, quantisation.

void rms_norm(const float* in, const float* weight, float eps, int64_t cols, float* out) {
  F32 squares = splat(0.0f);
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = load_part(in + i, cols - i);
    squares = fma(x, x, squares);
  }
  const float sum = sum_lanes(squares);
  // Where the sum has no end, a factor of 0 would hide it.
  const float factor = sum < __builtin_inff() ? 1.0f / __builtin_sqrtf(sum / float(cols) + eps) : sum - sum;
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = mul(load_part(in + i, cols - i), splat(factor));
    store_part(out + i, mul(x, load_part(weight + i, cols - i)), cols - i);
  }
}

void layer_norm(const float* in, const float* weight, const float* bias, float eps, int64_t cols,
                float* out) {
  F32 sums = splat(0.0f);
  for (int64_t i = 0; i < cols; i += 16) sums = add(load_part(in + i, cols - i), sums);
  const float mean = sum_lanes(sums) / float(cols);
  F32 squares = splat(0.0f);
  for (int64_t i = 0; i < cols; i += 16) {
    // Lanes past the end are to add nothing.
    store_part(out + i, sub(load_part(in + i, cols - i), splat(mean)), cols - i);
    const F32 x = load_part(out + i, cols - i);
    squares = fma(x, x, squares);
  }
  const float sum = sum_lanes(squares);
  // Where the sum has no end, a factor of 0 would hide it.
  const float factor = sum < __builtin_inff() ? 1.0f / __builtin_sqrtf(sum / float(cols) + eps) : sum - sum;
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = mul(load_part(out + i, cols - i), splat(factor));
    const F32 weighed = mul(x, load_part(weight + i, cols - i));
    store_part(out + i, bias == nullptr ? weighed : add(weighed, load_part(bias + i, cols - i)), cols - i);
  }
}

inline F32 silu(F32 x) { return div(x, add(splat(1.0f), exp(sub(splat(0.0f), x)))); }

inline F32 gelu_tanh(F32 x) {
  const F32 cube = mul(mul(x, x), x);
  const F32 inner = mul(splat(0.797884561f), fma(splat(0.044715f), cube, x));
  return mul(mul(splat(0.5f), x), add(splat(1.0f), tanh(inner)));
}

/// x Phi(x), without the difference of nearly equal numbers that 1 - Phi(-x) would be.
inline F32 gelu(F32 x) { return sub(max(splat(0.0f), x), mul(abs(x), upper_tail(abs(x)))); }

/// What is no number stays none, by the order of the operands.
inline F32 squared_relu(F32 x) {
  x = max(splat(0.0f), x);
  return mul(x, x);
}

inline F32 gate_silu(F32 x, F32 up) { return mul(silu(x), up); }
inline F32 gate_gelu_tanh(F32 x, F32 up) { return mul(gelu_tanh(x), up); }
inline F32 gate_gelu(F32 x, F32 up) { return mul(gelu(x), up); }
inline F32 gate_squared_relu(F32 x, F32 up) { return mul(squared_relu(x), up); }
/// What is no number stays none, by the order of the operands.
inline F32 gate_clamped_swiglu(F32 x, F32 up) {
  x = min(splat(7.0f), x);
  up = min(splat(7.0f), max(splat(-7.0f), up));
  const F32 gated = div(x, add(splat(1.0f), exp(mul(x, splat(-1.702f)))));
  return mul(gated, add(up, splat(1.0f)));
}

template <F32 (*kGate)(F32, F32)>
void gate_rows(const float* gates, const float* up, int64_t cols, float* out) {
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 gated = kGate(load_part(gates + i, cols - i), load_part(up + i, cols - i));
    store_part(out + i, gated, cols - i);
  }
}

void gate(int activation, const float* gates, const float* up, int64_t cols, float* out) {
  constexpr decltype(&gate_rows<gate_silu>) kRows[] = {gate_rows<gate_silu>, gate_rows<gate_gelu_tanh>,
                                                       gate_rows<gate_clamped_swiglu>, gate_rows<gate_gelu>,
                                                       gate_rows<gate_squared_relu>};
  kRows[activation](gates, up, cols, out);
}

template <F32 (*kActivation)(F32)>
void activate_rows(const float* in, int64_t cols, float* out) {
  for (int64_t i = 0; i < cols; i += 16)
    store_part(out + i, kActivation(load_part(in + i, cols - i)), cols - i);
}

/// What is no number stays none, by the order of the operands.
void xielu(const XieluArgs& args, const float* in, int64_t cols, float* out) {
  for (int64_t i = 0; i < cols; i += 16) {
    const F32 x = load_part(in + i, cols - i), linear = mul(splat(args.beta), x);
    const F32 shortfall = sub(expm1_negative(min(splat(args.eps), x)), x);
    alignas(64) float inputs[16], above[16], below[16];
    store(inputs, x);
    store(above, fma(mul(splat(args.alpha_p), x), x, linear));
    store(below, fma(splat(args.alpha_n), shortfall, linear));
    for (int lane = 0; lane < 16; ++lane) below[lane] = inputs[lane] > 0.0f ? above[lane] : below[lane];
    store_part(out + i, load(below), cols - i);
  }
}

/// There is no clamped swiglu without what it gates, and xIELU has parameters.
void activate(int activation, const float* in, int64_t cols, float* out) {
  constexpr decltype(&activate_rows<silu>) kRows[] = {activate_rows<silu>, activate_rows<gelu_tanh>, nullptr,
                                                      activate_rows<gelu>, activate_rows<squared_relu>};
  kRows[activation](in, cols, out);
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

/// What turns numbers of no larger magnitude into whole ones in [-127, 127]. One that is infinite or none
/// makes the step such too, so that it shows in every product.
inline F32 factor_of(float largest) { return splat(largest > 0.0f ? 127.0f / largest : 0.0f); }

/// 32 floats as whole numbers.
inline void to_whole(const float* in, F32 factor, F32 (&parts)[2]) {
  parts[0] = round(mul(load(in), factor));
  parts[1] = round(mul(load(in + 16), factor));
}

/// 32 floats as whole numbers in [-127, 127]; returns what a 1 stands for.
inline float to_whole(const float* in, F32 (&parts)[2]) {
  const float largest = max_magnitude_lanes(max_magnitude(abs(load(in)), abs(load(in + 16))));
  to_whole(in, factor_of(largest), parts);
  return largest / 127.0f;
}

/// A block of a column of a tile; its groups lie a tile's width apart, unless it goes by column.
inline void put_values(const F32 (&parts)[2], int width, int lane, bool by_column, int8_t* block,
                       int8_t* column) {
  if (by_column) {
    store_bytes(column, parts[0]);
    store_bytes(column + 16, parts[1]);
    return;
  }
  alignas(64) int8_t bytes[kBlock];
  store_bytes(bytes, parts[0]);
  store_bytes(bytes + 16, parts[1]);
  for (int group = 0; group < kGroups; ++group)
    __builtin_memcpy(block + (group * width + lane) * 4, bytes + group * 4, 4);
}

void quantize(const float* in, int64_t k, int width, int lane, bool by_column, int8_t* values, float* scales,
              float* sums, int32_t* starts) {
  for (int64_t block = 0; block < k / kBlock; ++block) {
    F32 parts[2];
    const float step = to_whole(in + block * kBlock, parts);
    const int32_t halves[2] = {sum_whole(parts[0]), sum_whole(parts[1])};
    int8_t* out = values + block * kBlock * width;
    put_values(parts, width, lane, by_column, out, out + lane * kBlock);
    scales[block * width + lane] = step;
    sums[block * width + lane] = step * float(halves[0] + halves[1]);
    put_start(parts, halves, starts + block * width + lane);
  }
}

void quantize_records(const float* in, int64_t k, int width, int lane, bool by_column, int8_t* values,
                      float* scales, float* sums, int32_t* starts) {
  for (int64_t span = 0; span < k / kSpan; ++span) {
    const float* inputs = in + span * kSpan;
    F32 highest = abs(load(inputs));
    for (int i = 16; i < kSpan; i += 16) highest = max_magnitude(highest, abs(load(inputs + i)));
    const float largest = max_magnitude_lanes(highest), step = largest / 127.0f;
    const F32 factor = factor_of(largest);
    scales[span * width + lane] = step;
    int8_t* column = values + (span / kSpans * width + lane) * kRecord + span % kSpans * kSpan;
    for (int i = 0; i < kSpanBlocks; ++i) {
      const int64_t block = span * kSpanBlocks + i;
      F32 parts[2];
      to_whole(inputs + i * kBlock, factor, parts);
      put_values(parts, width, lane, by_column, values + block * kBlock * width, column + i * kBlock);
      const int32_t halves[2] = {sum_whole(parts[0]), sum_whole(parts[1])};
      put_starts(parts, halves, width, starts + block * 2 * width + lane);
      put_sums(halves, block, width, sums + block * 2 * width + lane);
    }
  }
}
