#include "backend/host_memory.h"

#include <algorithm>

#include <sys/mman.h>

namespace hearth {

namespace {

/// From this size on, memory comes in huge pages where the system has them: a walk of the page tables for
/// each 4 KiB costs a tenth of the speed at which weights and caches are read.
constexpr size_t kHugeFrom = size_t{8} << 20;

}  // namespace

Result<Buffer> allocate_host(size_t bytes) {
  const size_t size = std::max<size_t>(bytes, 1);
  void* data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail_hint(ErrorCode::kResourceLimit, "use a smaller context or a smaller model",
                     "the system refused {} bytes of memory", bytes);
  }
  if (size >= kHugeFrom) ::madvise(data, size, MADV_HUGEPAGE);  // advice: refused, nothing is lost
  return Buffer(static_cast<std::byte*>(data), bytes, [size](std::byte* at) { ::munmap(at, size); });
}

}  // namespace hearth
