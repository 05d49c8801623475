#include "formats/gguf/rope_scaling.h"

#include <cmath>

#include "base/printable.h"
#include "tensor/row_reader.h"

namespace hearth {

namespace {

constexpr Bounds<int> kContext{1, 1 << 30};
constexpr Bounds<float> kFactor{1e-4f, 1e6f};
constexpr float kLowestRopeFactor = 1e-6f;  // some models switch a frequency off by a huge one

/// A tensor of factors, one for each rotary pair; empty where there is none of that name.
Result<std::vector<float>> read_rope_factors(const TensorSet& tensors, std::string_view name,
                                             const ModelConfig& config) {
  std::vector<float> factors;
  if (tensors.find(name) == nullptr) return factors;
  const StoredTensor tensor = TRY(tensors.get(name, {config.rotary_dim / 2}));
  if (tensor.dtype != DType::kF32) {
    return fail(ErrorCode::kUnsupported, "tensor {} is of type {}; rope factors must be F32", name,
                dtype_info(tensor.dtype).name);
  }
  factors = decode_tensor(tensor);
  for (size_t i = 0; i < factors.size(); ++i) {
    if (std::isfinite(factors[i]) && factors[i] >= kLowestRopeFactor) continue;
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tensor {} holds {} at {}, but factors are finite and at least {}", name, factors[i], i,
                     kLowestRopeFactor);
  }
  return factors;
}

double yarn_magnitude(double factor, double multiplier) {
  return factor <= 1.0 ? 1.0 : 0.1 * multiplier * std::log(factor) + 1.0;
}

Status read_yarn(const MetadataKeys& keys, RopeScaling& scaling) {
  scaling.beta_fast = TRY(keys.number_or("rope.scaling.yarn_beta_fast", kFactor, 32.0f));
  scaling.beta_slow = TRY(keys.number_or("rope.scaling.yarn_beta_slow", kFactor, 1.0f));
  const float all_dims = TRY(keys.number_or("rope.scaling.yarn_log_multiplier", {0.0f, 100.0f}, 0.0f));
  scaling.mscale_all_dim = all_dims;
  const double magnitude =
      yarn_magnitude(scaling.factor, 1.0) / (all_dims > 0 ? yarn_magnitude(scaling.factor, all_dims) : 1.0);
  scaling.attention_factor *= float(magnitude);
  return {};
}

}  // namespace

Result<RopeScaling> read_gguf_rope_scaling(const MetadataKeys& keys, const TensorSet& tensors,
                                           const ModelConfig& config) {
  RopeScaling scaling;
  scaling.factor = TRY(keys.number_or("rope.scale_linear", kFactor, 1.0f));
  scaling.factor = TRY(keys.number_or("rope.scaling.factor", kFactor, scaling.factor));
  scaling.attention_factor = TRY(keys.number_or("rope.scaling.attn_factor", kFactor, 1.0f));
  scaling.original_max_position_embeddings =
      TRY(keys.integer_or("rope.scaling.original_context_length", kContext, config.max_position_embeddings));
  scaling.freq_factors = TRY(read_rope_factors(tensors, "rope_freqs.weight", config));
  scaling.short_factors = TRY(read_rope_factors(tensors, "rope_factors_short.weight", config));
  scaling.long_factors = TRY(read_rope_factors(tensors, "rope_factors_long.weight", config));
  if (scaling.short_factors.empty() != scaling.long_factors.empty()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "of rope_factors_short.weight and rope_factors_long.weight, one is missing");
  }
  const std::string_view type = TRY(keys.text_or("rope.scaling.type", "linear"));
  if (type == "yarn") {
    scaling.type = RopeScaling::Type::kYarn;
    TRY(read_yarn(keys, scaling));
    return scaling;
  }
  if (!scaling.long_factors.empty()) {
    scaling.type = RopeScaling::Type::kLongRope;
  } else if (type == "longrope") {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} is longrope, but the tensor rope_factors_long.weight is missing",
                     keys.full("rope.scaling.type"));
  } else if (type == "linear" && scaling.factor != 1.0f) {
    scaling.type = RopeScaling::Type::kLinear;
  } else if (type != "linear" && type != "none") {
    return fail(ErrorCode::kUnsupported, "{} is {}; linear, yarn, longrope and none are supported",
                keys.full("rope.scaling.type"), quoted(type));
  } else if (!scaling.freq_factors.empty()) {
    scaling.type = RopeScaling::Type::kLlama3;
  }
  return scaling;
}

}  // namespace hearth
