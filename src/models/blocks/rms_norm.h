#pragma once

#include "models/blocks/linear.h"

namespace hearth {

/// Root-mean-square norm with a weight for each column.
class RmsNorm {
 public:
  RmsNorm() = default;
  RmsNorm(Vector weight, float eps) : weight_(std::move(weight)), eps_(eps) {}

  NormPrologue prologue() const { return {weight_.view(), eps_}; }
  VectorView weight() const { return weight_.view(); }

 private:
  Vector weight_;
  float eps_ = 0.0f;
};

}  // namespace hearth
