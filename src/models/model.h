#pragma once

#include "formats/model/model_config.h"
#include "models/placement.h"

namespace hearth {

/// A loaded model on its devices, whatever it computes: a `CausalModel` or an `EncoderModel`. One thread
/// calls at a time.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelConfig& config() const = 0;
  virtual const Placement& placement() const = 0;
  /// Most rows in one batch; work buffers have that size.
  virtual int max_batch_tokens() const = 0;
};

}  // namespace hearth
