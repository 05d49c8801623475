#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "formats/huggingface/tensors/weight_quantization.h"
#include "formats/model/tensor_set.h"

namespace hearth {

/// Whether a tensor holds scales of weights, activations or a cache in a checkpoint of 8-bit floats: no
/// weight by itself.
bool is_scale_name(std::string_view name);

/// Brings the 8-bit floats of a checkpoint together with their scales, which lie in tensors beside them
/// ("weight_scale_inv", "weight_scale"). What it refers to outlives it.
class ScaledCodes {
 public:
  /// Scales are copied to `copies`, as f32.
  ScaledCodes(std::span<const NamedTensor> all, const WeightQuantization& quantization,
              std::deque<std::vector<std::byte>>& copies);

  /// Whether a tensor is one of such floats, which can be brought together with scales.
  bool has(const NamedTensor& tensor) const {
    return quantization_.has_scaled_codes && tensor.view.dtype == DType::kE4M3;
  }

  /// The weight. Error: kCorruptData naming the tensor whose scales are missing or not as many as there must
  /// be.
  Result<StoredTensor> weight(const NamedTensor& codes) const;

 private:
  Result<const NamedTensor*> scales_of(const NamedTensor& codes) const;
  Result<ScaleBlock> block_of(const NamedTensor& codes, const NamedTensor& scales) const;

  const WeightQuantization& quantization_;
  std::deque<std::vector<std::byte>>& copies_;
  std::unordered_map<std::string_view, const NamedTensor*> scales_;
};

}  // namespace hearth
