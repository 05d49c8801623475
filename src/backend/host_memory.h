#pragma once

#include "base/result.h"
#include "tensor/buffer.h"

namespace hearth {

/// Zeroed host memory, page-aligned. Pages take memory only once they are written, in large
/// allocations 2 MiB at a time.
Result<Buffer> allocate_host(size_t bytes);

}  // namespace hearth
