// State-space mixers. A lane is a channel, or a dimension of a head, so that nothing is summed across lanes.

void state_space_conv(const StateSpaceConvArgs& args) {
  for (int64_t i = 0; i < args.count; i += 16) {
    const int64_t left = args.count - i;
    F32 sum = load_part(args.bias + i, left);
    for (int tap = 0; tap < args.num_taps; ++tap) {
      const float* in = args.inputs[tap];
      sum = fma(load_part(args.weights + tap * args.weight_stride + i, left),
                in != nullptr ? load_part(in + i, left) : splat(0.0f), sum);
    }
    store_part(args.out + i, silu(sum), left);
  }
}

void state_space_steps(const float* dt, const float* dt_bias, const float* a, int64_t heads, float* step,
                       float* decay) {
  for (int64_t i = 0; i < heads; i += 16) {
    const int64_t left = heads - i;
    const F32 steps = softplus(add(load_part(dt + i, left), load_part(dt_bias + i, left)));
    store_part(step + i, steps, left);
    store_part(decay + i, exp(mul(steps, load_part(a + i, left))), left);
  }
}

/// Dimensions [dim, dim + count) of all rows; count is 16 * kVectors, but for one vector alone.
template <int kVectors>
inline void scan_dims(const StateSpaceScanArgs& args, int64_t dim, int64_t count) {
  for (int64_t row = 0; row < args.rows; ++row) {
    const int64_t at = row * args.stride;
    const float *b = args.b + at, *c = args.c + at;
    const F32 decay = splat(args.decay[at]);
    F32 x[kVectors], stepped[kVectors], sums[kVectors];
    for (int i = 0; i < kVectors; ++i) {
      x[i] = load_part(args.x + at + dim + 16 * i, count - 16 * i);
      stepped[i] = mul(x[i], splat(args.step[at]));
      sums[i] = splat(0.0f);
    }
    for (int64_t n = 0; n < args.state_size; ++n) {
      float* state = args.state + n * args.head_dim + dim;
      const F32 bn = splat(b[n]), cn = splat(c[n]);
      for (int i = 0; i < kVectors; ++i) {
        const F32 kept = kVectors > 1 ? load(state + 16 * i) : load_part(state, count);
        const F32 next = fma(decay, kept, mul(bn, stepped[i]));
        sums[i] = fma(cn, next, sums[i]);
        if constexpr (kVectors > 1) {
          store(state + 16 * i, next);
        } else {
          store_part(state, next, count);
        }
      }
    }
    for (int i = 0; i < kVectors; ++i) {
      store_part(args.y + row * args.y_stride + dim + 16 * i, fma(splat(args.d), x[i], sums[i]),
                 count - 16 * i);
    }
  }
}

void state_space_scan(const StateSpaceScanArgs& args) {
  int64_t dim = 0;
  for (; args.head_dim - dim >= 64; dim += 64) scan_dims<4>(args, dim, 64);
  for (; args.head_dim - dim >= 32; dim += 32) scan_dims<2>(args, dim, 32);
  for (; dim < args.head_dim; dim += 16) {
    scan_dims<1>(args, dim, args.head_dim - dim < 16 ? args.head_dim - dim : 16);
  }
}
