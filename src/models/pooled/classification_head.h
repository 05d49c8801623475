#pragma once

#include <span>

#include "models/pooled/pooled_linear.h"

namespace hearth {

/// Of the layer before the last.
enum class PooledActivation : uint8_t { kTanh, kGelu };

/// From a text's hidden states to its scores: output(norm(act(dense(pooled)))), of which a file may have the
/// last layer alone.
class ClassificationHead {
 public:
  ClassificationHead() = default;
  /// Loads cls, cls.norm and cls.output, as far as they are there. A `cls` without an output that is as wide
  /// as the model is BERT's pooler, which scores nothing. Errors: as `TensorLoader`.
  static Result<ClassificationHead> load(PooledActivation activation, TensorLoader& tensors, Backend& backend,
                                         const ModelConfig& config);

  /// 0: there is no head.
  int num_labels() const { return int(output_.rows()); }
  /// hidden [rows, hidden_size] of one text, on the host; scores [num_labels].
  void score(std::span<const float> hidden, std::span<float> scores) const;

 private:
  void activate(std::span<float> values) const;

  PooledActivation activation_ = PooledActivation::kTanh;
  bool pools_mean_ = false;
  size_t hidden_size_ = 0;
  PooledLinear dense_, output_;
  float norm_eps_ = 0.0f;
  std::vector<float> norm_weight_, norm_bias_;  ///< [hidden_size], or empty
};

}  // namespace hearth
