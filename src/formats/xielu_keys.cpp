#include "formats/xielu_keys.h"

#include <cmath>

#include "base/printable.h"
#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth {

namespace {

constexpr Bounds<float> kAny{-1e4f, 1e4f};

/// A parameter of each layer, from where the files have it.
Result<std::vector<float>> read_parameter(std::string_view name, const ConfigKeys& keys,
                                          const TensorSet& tensors, int num_layers) {
  std::vector<float> values = TRY(keys.numbers(fmt::format("xielu.{}", name), kAny, size_t(num_layers)));
  for (int layer = int(values.size()); layer < num_layers; ++layer) {
    const std::string tensor_name = fmt::format("blk.{}.ffn_act.{}", layer, name);
    const StoredTensor* tensor = tensors.find(tensor_name);
    if (tensor == nullptr) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "neither {} nor tensors {} are there",
                       keys.full(fmt::format("xielu.{}", name)), tensors.spelling(tensor_name));
    }
    const bool is_number = tensor->shape.size() == 1 && is_decodable(tensor->dtype);
    values.push_back(is_number ? decode_tensor(*tensor).front() : NAN);
    if (values.back() >= kAny.lowest && values.back() <= kAny.highest) continue;
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "tensor {} is no number of {} to {}",
                     hearth::quoted(tensors.spelling(tensor_name)), kAny.lowest, kAny.highest);
  }
  return values;
}

double softplus(double x) { return x > 30.0 ? x : std::log1p(std::exp(x)); }

}  // namespace

Result<std::vector<XieluConfig>> read_xielu(const ConfigKeys& keys, const TensorSet& tensors,
                                            int num_layers) {
  const std::vector<float> alpha_p = TRY(read_parameter("alpha_p", keys, tensors, num_layers)),
                           alpha_n = TRY(read_parameter("alpha_n", keys, tensors, num_layers)),
                           beta = TRY(read_parameter("beta", keys, tensors, num_layers)),
                           eps = TRY(read_parameter("eps", keys, tensors, num_layers));
  std::vector<XieluConfig> layers;
  for (size_t layer = 0; layer < size_t(num_layers); ++layer) {
    layers.push_back({.alpha_p = float(softplus(alpha_p[layer])),
                      .alpha_n = float(beta[layer] + softplus(alpha_n[layer])),
                      .beta = beta[layer],
                      .eps = eps[layer]});
  }
  return layers;
}

}  // namespace hearth
