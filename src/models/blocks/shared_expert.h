#pragma once

#include <memory>

#include "models/blocks/layer_loader.h"
#include "models/blocks/scratch.h"

namespace hearth {

/// An expert that every row has beside those that it picks.
struct SharedExpertSpec {
  int intermediate_size = 0;  ///< 0: there is none
  bool gated = false;         ///< its result is multiplied by the sigmoid of a product with the row
};

class SharedExpert {
 public:
  SharedExpert() = default;
  /// Loads ffn_*_shexp. Errors: as `TensorLoader`.
  static Result<SharedExpert> load(const SharedExpertSpec& spec, Activation activation,
                                   const LayerLoader& layer);

  /// out += expert(in); they do not overlap.
  void forward(const Matrix& in, Scratch scratch, const Matrix& out) const;
  /// What it takes of each row of `scratch`.
  int64_t scratch_stride() const;

 private:
  Backend* backend_ = nullptr;
  SharedExpertSpec spec_;
  Activation activation_ = Activation::kSilu;
  std::shared_ptr<const Weight> gate_;  ///< [1, hidden_size], or none
  std::shared_ptr<const Weight> gate_up_, down_;
};

}  // namespace hearth
