#pragma once

#include "models/blocks/linear.h"

namespace hearth {

/// A norm with a weight for each column, and perhaps a bias; or none at all.
class Norm {
 public:
  Norm() = default;
  Norm(NormKind kind, float eps, Vector weight, Vector bias = {})
      : exists_(true), kind_(kind), eps_(eps), weight_(std::move(weight)), bias_(std::move(bias)) {}

  explicit operator bool() const { return exists_; }
  /// Of one that is there.
  NormPrologue operands() const { return {weight(), eps_, kind_, bias_.view()}; }
  Prologue prologue() const { return *this ? Prologue(operands()) : Prologue(); }
  VectorView weight() const { return weight_.view(); }
  float eps() const { return eps_; }

 private:
  bool exists_ = false;  // also where memory is only planned
  NormKind kind_ = NormKind::kRms;
  float eps_ = 0.0f;
  Vector weight_, bias_;
};

}  // namespace hearth
