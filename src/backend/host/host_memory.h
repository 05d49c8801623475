#pragma once

#include <memory>

#include "base/result.h"
#include "tensor/buffer.h"

namespace hearth {

/// Zeroed host memory, page-aligned. Pages take memory only once they are written, in large
/// allocations 2 MiB at a time.
Result<Buffer> allocate_host(size_t bytes);

/// Whether large allocations from here on ask for large pages. For the whole process; on unless turned off.
void use_huge_pages(bool wanted);

/// Hands out pieces of large allocations, so that what is small comes in huge pages as well, and no more than
/// one of them is filled in part. A large allocation is given back with the last of its pieces.
class HostArena {
 public:
  /// Pieces of `bytes` in all will come from one allocation, where the system has as much.
  void reserve(size_t bytes);
  /// Zeroed host memory that begins at a cache line.
  Result<Buffer> allocate(size_t bytes);

 private:
  std::shared_ptr<Buffer> chunk_;
  size_t used_ = 0;  ///< bytes of the chunk
};

}  // namespace hearth
