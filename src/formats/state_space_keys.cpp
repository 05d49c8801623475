#include "formats/state_space_keys.h"

namespace hearth {

namespace {

// As in config.cpp: far above any model, and low enough that products of two fit 64 bits.
constexpr Bounds<int> kInner{1, 1 << 21};
constexpr Bounds<int> kHeads{1, 4096};
constexpr Bounds<int> kStateSize{1, 4096};
constexpr Bounds<int> kKernel{1, 256};
constexpr Bounds<int> kExpand{1, 8};

Status check_divides(const ConfigKeys& keys, std::string_view divisor_key, int divisor, int whole) {
  if (whole % divisor == 0) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, which does not divide {}",
                   keys.full(divisor_key), divisor, whole);
}

/// Steps are softplus of what the model computes, never below 0; some files bound them further.
Status check_time_steps(const ConfigKeys& keys) {
  const std::optional<ConfigValue> limit = keys.find("time_step_limit");
  if (!limit || !limit->is_array() || limit->size() != 2) return {};
  const double low = (*limit)[0].as<double>().value_or(0.0);
  const bool has_high = (*limit)[1].as<double>().has_value();
  if (low <= 0.0 && !has_high) return {};
  return fail_hint(ErrorCode::kUnsupported, "use a model whose time steps are not bounded",
                   "{} bounds the time steps, which is not supported", keys.full("time_step_limit"));
}

}  // namespace

Result<StateSpaceConfig> read_state_space(const ConfigKeys& keys, int hidden_size) {
  StateSpaceConfig config;
  const bool has_size = keys.has("mamba_d_ssm") || !keys.has("expand");
  config.inner_size = has_size ? TRY(keys.integer("mamba_d_ssm", kInner))
                               : TRY(keys.integer("expand", kExpand)) * hidden_size;
  config.num_heads = TRY(keys.integer("num_heads", kHeads));
  config.state_size = TRY(keys.integer("state_size", kStateSize));
  config.num_groups = TRY(keys.integer_or("n_groups", kHeads, 1));
  config.conv_kernel = TRY(keys.integer("conv_kernel", kKernel));
  TRY(check_divides(keys, "num_heads", config.num_heads, config.inner_size));
  TRY(check_divides(keys, "n_groups", config.num_groups, config.num_heads));
  TRY(check_time_steps(keys));
  return config;
}

}  // namespace hearth
