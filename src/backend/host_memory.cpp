#include "backend/host_memory.h"

#include <algorithm>

#include <sys/mman.h>

namespace hearth {

Result<Buffer> allocate_host(size_t bytes) {
  const size_t size = std::max<size_t>(bytes, 1);
  void* data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail_hint(ErrorCode::kResourceLimit, "use a smaller context or a smaller model",
                     "the system refused {} bytes of memory", bytes);
  }
  return Buffer(static_cast<std::byte*>(data), bytes, [size](std::byte* at) { ::munmap(at, size); });
}

}  // namespace hearth
