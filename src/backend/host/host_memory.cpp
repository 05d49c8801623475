#include "backend/host/host_memory.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

#include <sys/mman.h>

#include "base/checked_math.h"

namespace hearth {

namespace {

/// Huge pages, where the system has them: a walk of the page tables for each 4 KiB costs a tenth of the speed
/// at which weights and caches are read.
constexpr size_t kHugePage = size_t{2} << 20;

/// Of an arena. What its end leaves over is never written, so it takes no memory.
constexpr size_t kChunkBytes = size_t{32} << 20;
constexpr size_t kCacheLine = 64;

std::atomic<bool> huge_pages = true;

}  // namespace

void use_huge_pages(bool wanted) { huge_pages = wanted; }

Result<Buffer> allocate_host(size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const auto size = checked_add<size_t>(std::max<size_t>(bytes, 1), huge ? kHugePage : 0);
  void* data = !size ? MAP_FAILED
                     : ::mmap(nullptr, *size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail_hint(ErrorCode::kResourceLimit, "use a smaller context or a smaller model",
                     "the system refused {} bytes of memory", bytes);
  }
  auto* begin = static_cast<std::byte*>(data);
  if (huge) {
    begin += -reinterpret_cast<uintptr_t>(data) % kHugePage;
    // Advice: refused, nothing is lost.
    ::madvise(begin, bytes, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }
  return Buffer(begin, bytes, [data, size = *size](std::byte*) { ::munmap(data, size); });
}

void HostArena::reserve(size_t bytes) {
  Result<Buffer> chunk = allocate_host(bytes);
  if (!chunk) return;  // which the pieces will say
  chunk_ = std::make_shared<Buffer>(std::move(*chunk));
  used_ = 0;
}

Result<Buffer> HostArena::allocate(size_t bytes) {
  if (chunk_ == nullptr || chunk_->size() - std::min(used_, chunk_->size()) < bytes) {
    if (bytes >= kChunkBytes) return allocate_host(bytes);
    chunk_ = std::make_shared<Buffer>(TRY(allocate_host(kChunkBytes)));
    used_ = 0;
  }
  std::byte* data = chunk_->data() + used_;
  used_ = round_up(used_ + bytes, kCacheLine);
  return Buffer(data, bytes, [chunk = chunk_](std::byte*) {});
}

}  // namespace hearth
