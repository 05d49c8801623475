#pragma once

#include "base/result.h"
#include "tensor/buffer.h"

namespace hearth {

/// Zeroed host memory, page-aligned. Pages take memory only once they are written.
Result<Buffer> allocate_host(size_t bytes);

}  // namespace hearth
