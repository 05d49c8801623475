#pragma once

#include <memory>
#include <span>

#include "formats/model/model_config.h"
#include "models/blocks/tensor_loader.h"

namespace hearth {

/// From the last layer's residual to logits: a norm, a product with the vocabulary, perhaps a scale and a
/// cap. Of a classifier also to its labels.
class Head {
 public:
  Head() = default;
  /// Loads output_norm and, without a weight that it shares with the embedding (`tied`), output; where the
  /// config has labels, cls.output. `max_rows`: of a batch. Errors: as `TensorLoader`.
  static Result<Head> load(TensorLoader& tensors, Backend& backend, const ModelConfig& config,
                           std::shared_ptr<const Weight> tied, int64_t max_rows);

  /// Starts on the logits of some rows of the residual. `rows`: i32.
  void start(const Matrix& residual, const VectorView& rows) const;
  /// Waits for those that `start` was called with last, [rows.size, vocab_size], in host memory.
  void finish(const Matrix& residual, const VectorView& rows, std::span<float> out) const;

  /// out = norm(in).
  void normalize(const Matrix& in, const Matrix& out) const;

  /// What cls.output says of one row of the residual, [num_labels], in host memory. Needs labels.
  void score(const Matrix& row, std::span<float> out) const;

 private:
  Matrix compute(const Matrix& residual, const VectorView& rows, int64_t first) const;

  Backend* backend_ = nullptr;
  Norm norm_;
  Linear linear_;
  Linear labels_;  ///< of a classifier
  int64_t vocab_size_ = 0;
  float scale_ = 1.0f;
  float softcap_ = 0.0f;  ///< 0: none
  DeviceBuffer logits_;
  int64_t logits_rows_ = 0;  ///< rows of logits_
  DeviceBuffer scores_;
};

}  // namespace hearth
