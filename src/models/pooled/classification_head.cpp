#include "models/pooled/classification_head.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace hearth {

Result<ClassificationHead> ClassificationHead::load(PooledActivation activation, TensorLoader& tensors,
                                                    Backend& backend, const ModelConfig& config) {
  ClassificationHead head;
  const int64_t hidden = config.hidden_size;
  head.activation_ = activation;
  head.pools_mean_ = config.classifier_pools_mean;
  head.hidden_size_ = size_t(hidden);
  head.norm_eps_ = config.norm_eps;
  const int64_t labels = tensors.rows("cls.output.weight"), width = tensors.rows("cls.weight");
  if (labels == 0 && width == hidden) {
    tensors.ignore("cls.weight");
    tensors.ignore("cls.bias");
    return head;
  }
  if (labels == 0) {
    if (width > 0) head.output_ = TRY(PooledLinear::load(tensors, backend, "cls", width, hidden));
    return head;
  }
  if (width > 0) head.dense_ = TRY(PooledLinear::load(tensors, backend, "cls", hidden, hidden));
  if (tensors.has("cls.norm.weight")) {
    head.norm_weight_ = TRY(tensors.floats("cls.norm.weight", {hidden}));
    if (tensors.has("cls.norm.bias")) head.norm_bias_ = TRY(tensors.floats("cls.norm.bias", {hidden}));
  }
  head.output_ = TRY(PooledLinear::load(tensors, backend, "cls.output", labels, hidden));
  return head;
}

void ClassificationHead::activate(std::span<float> values) const {
  for (float& x : values) {
    const double value = x;
    x = activation_ == PooledActivation::kGelu ? float(0.5 * value * std::erfc(-value / std::sqrt(2.0)))
                                               : float(std::tanh(value));
  }
  if (norm_weight_.empty()) return;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  double squares = 0;
  for (const float x : values) squares += (x - mean) * (x - mean);
  const double factor = 1.0 / std::sqrt(squares / double(values.size()) + norm_eps_);
  for (size_t i = 0; i < values.size(); ++i) {
    const double bias = norm_bias_.empty() ? 0.0 : norm_bias_[i];
    values[i] = float((values[i] - mean) * factor * norm_weight_[i] + bias);
  }
}

void ClassificationHead::score(std::span<const float> hidden, std::span<float> scores) const {
  std::vector<float> pooled(hidden.begin(), hidden.begin() + ptrdiff_t(hidden_size_));
  if (pools_mean_) {
    const size_t rows = hidden.size() / hidden_size_;
    for (size_t i = 0; i < hidden_size_; ++i) {
      double sum = 0;
      for (size_t row = 0; row < rows; ++row) sum += hidden[row * hidden_size_ + i];
      pooled[i] = float(sum / double(rows));
    }
  }
  if (dense_) {
    std::vector<float> dense(hidden_size_);
    dense_.forward(pooled, dense);
    activate(dense);
    pooled = std::move(dense);
  }
  output_.forward(pooled, scores);
}

}  // namespace hearth
