// Records with a scale d and a minimum m, as whole numbers of 16 bits under one unit, so that minima cost a
// product of many columns nothing:
//   weight = unit * (step * (code * quant) + minimum_step * round(minimum_rate * (code of the minimum)))
// The steps are powers of two. A minimum keeps ten bits, so that a span's sum of minima times values is exact
// in floats; the unit follows from the ratio of m to d.

template <Codec kCodec>
constexpr bool has_common_unit() {
  return codec_info(kCodec).scales == ScaleLayout::kQ45;
}

/// Whether a record's minima are left to be added to its products.
template <Codec kCodec>
constexpr bool has_minima_apart() {
  return record_info(codec_info(kCodec).scales).minimum && !has_common_unit<kCodec>();
}

struct CommonUnit {
  RowsF32 d, step, minimum_over_step, minimum_rate;
  /// Where minima are so large that codes have to be rounded, too: what they are multiplied by before.
  RowsF32 code_rate;
  bool rounds_codes = false;

  RowsF32 unit() const { return rows_mul(d, rows_inverse_power(step)); }
  RowsF32 minimum_step() const { return rows_mul(step, minimum_over_step); }
};

/// Of a record's d and m. What is not finite stays so.
template <Codec kCodec>
inline CommonUnit common_unit(const RowScales& record) {
  constexpr int kLargestCode = 63, kLargestStep = is_exact_in_floats<kCodec>() ? 16 : 8;
  constexpr float kMinimumSteps = 16.0f, kRate = 8.0f, kLargestPower = kRate * kMinimumSteps;
  static_assert(kLargestCode * (kLargestStep * largest_quant(codec_info(kCodec).quants) +
                                int(kMinimumSteps * 2 * kRate)) <=
                32767);
  const RowsF32 least_power = rows_splat(kRate / float(kLargestStep));
  CommonUnit out;
  out.d = record.scale;
  RowsF32 ratio = rows_div(record.minimum, out.d);
  RowsF32 power = rows_max(rows_power(ratio), least_power);
  out.rounds_codes = rows_any_above(power, kLargestPower);
  if (out.rounds_codes) {
    constexpr float kLargestRatio = 0x1p18f, kNotZero = 0x1p-100f;
    const RowsF32 least = rows_mul(rows_abs(record.minimum), rows_splat(1.0f / kLargestRatio));
    out.d = rows_copysign(rows_max(rows_abs(record.scale), least), record.scale);
    ratio = rows_div(record.minimum, rows_copysign(rows_max(rows_abs(out.d), rows_splat(kNotZero)), out.d));
    power = rows_power(ratio);
    out.code_rate =
        rows_min(rows_mul(rows_inverse_power(power), rows_splat(kLargestPower)), rows_splat(1.0f));
    // What the codes are divided by, their factor is multiplied by; and what is not finite stays so.
    out.d = rows_fma(rows_add(record.scale, record.minimum), rows_zero(),
                     rows_mul(out.d, rows_inverse_power(out.code_rate)));
    ratio = rows_mul(ratio, out.code_rate);
    power = rows_min(rows_max(power, least_power), rows_splat(kLargestPower));
  }
  const RowsF32 inverse = rows_inverse_power(power);
  out.step = rows_min(rows_mul(inverse, rows_splat(kLargestPower)), rows_splat(float(kLargestStep)));
  out.minimum_rate = rows_mul(ratio, rows_mul(inverse, rows_splat(kRate)));
  out.minimum_over_step = rows_mul(power, rows_splat(1.0f / kRate));
  return out;
}

/// Brings a block's codes under the unit.
inline void round_codes(const CommonUnit& unit, BlockCodes& codes) {
  codes.minimum[0] = rows_round(rows_mul(codes.minimum[0], unit.minimum_rate));
  if (unit.rounds_codes)
    codes.scale[0] = rows_to_int(rows_round(rows_mul(rows_to_float(codes.scale[0]), unit.code_rate)));
}

/// A span's whole number, of the sums of products and of minima times values. Only then does anything round.
/// Of floats it is that number over `step`.
inline RowsF32 add_minima(const CommonUnit& unit, RowsF32 products, RowsF32 minima) {
  return rows_fma(unit.minimum_over_step, minima, products);
}
inline RowsF32 add_minima(const CommonUnit& unit, RowsI32 products, RowsF32 minima) {
  return rows_to_float(
      rows_mul_add(products, rows_to_int(unit.step), rows_to_int(rows_mul(unit.minimum_step(), minima))));
}
