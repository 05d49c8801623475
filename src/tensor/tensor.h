#pragma once

#include <memory>

#include "base/bytes.h"
#include "quant/dtype.h"
#include "tensor/shape.h"

namespace hearth {

class MappedFile;

/// A read-only view of a dense tensor as a file stores it: blocks of `dtype` along the fastest dimension.
struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;                       ///< slowest first: a weight is [out_features, in_features]
  ByteSpan data;                     ///< exactly the tensor's bytes
  const MappedFile* file = nullptr;  ///< the mapping that holds `data`, so that read pages can be released
  std::shared_ptr<const void> owner = {};  ///< of `data` that is no file's; lives as long as the view
};

}  // namespace hearth
