// Functions of vectors, in one order of operations for every instruction set.

/// e^x to 2 units in the last place; 0 for x below -87.7, so that what follows meets no subnormal numbers,
/// which are slow; x above 88 counts as that; what is no number stays none, by the order of the operands.
/// Range reduction by ln 2 in two parts (Cody and Waite 1980), then the Taylor polynomial of degree 7 on
/// [-ln2/2, ln2/2].
inline F32 exp(F32 x) {
  x = min(splat(88.0f), max(splat(-88.0f), x));
  const F32 n = round(mul(x, splat(1.44269504f)));
  F32 r = fma(n, splat(-0.693145752f), x);
  r = fma(n, splat(-1.42860677e-6f), r);
  F32 p = splat(1.0f / 5040.0f);
  p = fma(p, r, splat(1.0f / 720.0f));
  p = fma(p, r, splat(1.0f / 120.0f));
  p = fma(p, r, splat(1.0f / 24.0f));
  p = fma(p, r, splat(1.0f / 6.0f));
  p = fma(p, r, splat(0.5f));
  p = fma(p, r, splat(1.0f));
  p = fma(p, r, splat(1.0f));
  return mul(p, pow2(n));
}

/// e^x - 1 for x <= 0, to a few units in the last place: as exp, but the polynomial leaves out its 1, which
/// joins 2^n exactly. What is no number stays none, by the order of the operands.
inline F32 expm1_negative(F32 x) {
  x = max(splat(-87.0f), x);
  const F32 n = round(mul(x, splat(1.44269504f)));
  F32 r = fma(n, splat(-0.693145752f), x);
  r = fma(n, splat(-1.42860677e-6f), r);
  F32 p = splat(1.0f / 5040.0f);
  p = fma(p, r, splat(1.0f / 720.0f));
  p = fma(p, r, splat(1.0f / 120.0f));
  p = fma(p, r, splat(1.0f / 24.0f));
  p = fma(p, r, splat(1.0f / 6.0f));
  p = fma(p, r, splat(0.5f));
  p = fma(p, mul(r, r), r);
  const F32 power = pow2(n);
  return fma(p, power, sub(power, splat(1.0f)));
}

/// tanh(x) = 1 - 2 / (e^2x + 1).
inline F32 tanh(F32 x) { return sub(splat(1.0f), div(splat(2.0f), add(exp(add(x, x)), splat(1.0f)))); }

/// 1 - Phi(x) for x >= 0, to 3e-7 of itself: e^(-x^2/2) times a polynomial in 1 / (1 + 0.35 x), as in 26.2.17
/// of Abramowitz and Stegun (1964), but with two terms more and fitted to the relative error.
inline F32 upper_tail(F32 x) {
  const F32 u = div(splat(1.0f), fma(splat(0.35f), x, splat(1.0f)));
  F32 p = splat(-0.0291258769f);
  p = fma(p, u, splat(0.143872290f));
  p = fma(p, u, splat(-0.255504673f));
  p = fma(p, u, splat(0.158929411f));
  p = fma(p, u, splat(-0.0229372188f));
  p = fma(p, u, splat(0.105432970f));
  p = fma(p, u, splat(0.119852429f));
  p = fma(p, u, splat(0.139859083f));
  p = fma(p, u, splat(0.139621570f));
  return mul(mul(p, u), exp(mul(splat(-0.5f), mul(x, x))));
}

/// log(1 + e^x), to a few units in the last place: the larger of x and 0, and log(1 + y) for y = e^-|x| as
/// 2 artanh(y / (2 + y)), whose series in powers of at most 1/9 needs nine terms.
inline F32 softplus(F32 x) {
  const F32 y = exp(sub(splat(0.0f), abs(x)));
  const F32 s = div(y, add(y, splat(2.0f)));
  const F32 square = mul(s, s);
  F32 p = splat(1.0f / 17.0f);
  p = fma(p, square, splat(1.0f / 15.0f));
  p = fma(p, square, splat(1.0f / 13.0f));
  p = fma(p, square, splat(1.0f / 11.0f));
  p = fma(p, square, splat(1.0f / 9.0f));
  p = fma(p, square, splat(1.0f / 7.0f));
  p = fma(p, square, splat(1.0f / 5.0f));
  p = fma(p, square, splat(1.0f / 3.0f));
  p = fma(p, square, splat(1.0f));
  return add(max(splat(0.0f), x), mul(add(s, s), p));
}

/// Loads and stores up to 16 floats; lanes past `count` read as zero.
inline F32 load_part(const float* p, int64_t count) {
  if (count >= 16) return load(p);
  alignas(64) float lanes[16] = {};
  __builtin_memcpy(lanes, p, size_t(count) * sizeof(float));
  return load(lanes);
}
inline void store_part(float* p, F32 x, int64_t count) {
  if (count >= 16) {
    store(p, x);
    return;
  }
  alignas(64) float lanes[16];
  store(lanes, x);
  __builtin_memcpy(p, lanes, size_t(count) * sizeof(float));
}
