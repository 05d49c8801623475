#pragma once

#include <cstdint>

#include "models/blocks/layer_loader.h"

namespace hearth {

/// How queries and keys are normed, before the rotation or behind it.
enum class QkNorm : uint8_t {
  kNone,
  kPerHead,     ///< each head by itself, with one weight for all
  kUnit,        ///< the same without weights
  kAllHeads,    ///< all heads as one row
  kHeadsApart,  ///< each head by mean and variance, with weights of its own
};

/// The norm of queries or of keys. One per head is left to the rotation, which has the heads at hand.
class HeadsNorm {
 public:
  HeadsNorm() = default;
  /// Loads `part`, of `num_heads` heads of `head_dim`. Errors: as `TensorLoader`.
  static Result<HeadsNorm> load(QkNorm kind, std::string_view part, int num_heads, int head_dim,
                                const LayerLoader& layer);

  /// What the rotation is to norm each head with; or none.
  VectorView per_head() const { return is_per_head() ? norm_.weight() : VectorView(); }
  float eps() const { return norm_.eps(); }
  /// In place, what is not per head. heads [rows, num_heads * head_dim].
  void forward(Backend& backend, const Matrix& heads) const;

 private:
  bool is_per_head() const { return kind_ == QkNorm::kPerHead || kind_ == QkNorm::kUnit; }

  QkNorm kind_ = QkNorm::kNone;
  Norm norm_;
  int64_t width_ = 0;  ///< columns that are normed as one row
};

}  // namespace hearth
