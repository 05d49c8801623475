#include "cli/machine_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hearth {
namespace {

constexpr int kPasses = 8;
// Two units of four to five cycles of latency need ten products in flight.
constexpr int kChains = 12;
constexpr int64_t kSteps = 4'000'000;
constexpr size_t kReadBytes = size_t(512) << 20;

/// Best of several passes, in 1e9 a second, of a task that does `ops` on each thread.
template <typename Task>
double best_rate(ThreadPool& pool, double ops, Task task) {
  double best = 0.0;
  for (int pass = 0; pass < kPasses; ++pass) {
    std::atomic<int64_t> first{INT64_MAX};
    const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
    pool.run([&](int thread) {
      pool.barrier();
      int64_t begin = now(), known = first.load();
      while (begin < known && !first.compare_exchange_weak(known, begin)) {
      }
      task(thread);
    });
    const double seconds = double(now() - first.load()) / 1e9;
    best = std::max(best, ops * pool.size() / seconds / 1e9);
  }
  return best;
}

#if defined(__x86_64__)

// The empty asm makes each sum look used and changed, so that no step is folded into another.
__attribute__((target("avx512f,avx512vnni"))) void int8_avx512(int) {
  __m512i sums[kChains] = {};
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512i& sum : sums) {
      sum = _mm512_dpbusd_epi32(sum, a, b);
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx2"))) void int8_avx2(int) {
  __m256i sums[kChains] = {};
  const __m256i a = _mm256_set1_epi8(3), ones = _mm256_set1_epi16(1);
  __m256i b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(b));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
      asm volatile("" : "+x"(sum));
    }
  }
}

__attribute__((target("avx512f,avx512bf16"))) void bf16_avx512(int) {
  __m512 sums[kChains] = {};
  const auto a = reinterpret_cast<__m512bh>(_mm512_set1_epi16(0x3f80));
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512& sum : sums) {
      sum = _mm512_dpbf16_ps(sum, a, a);
      asm volatile("" : "+v"(sum));
    }
  }
}

std::optional<double> int8_rate(ThreadPool& pool) {
  if (__builtin_cpu_supports("avx512vnni"))
    return best_rate(pool, double(kSteps) * kChains * 64 * 2, int8_avx512);
  if (__builtin_cpu_supports("avx2")) return best_rate(pool, double(kSteps) * kChains * 32 * 2, int8_avx2);
  return std::nullopt;
}

std::optional<double> bf16_rate(ThreadPool& pool) {
  if (!__builtin_cpu_supports("avx512bf16")) return std::nullopt;
  return best_rate(pool, double(kSteps) * kChains * 32 * 2, bf16_avx512);
}

#else

std::optional<double> int8_rate(ThreadPool&) { return std::nullopt; }
std::optional<double> bf16_rate(ThreadPool&) { return std::nullopt; }

#endif

// Eight sums of 64 bytes: wide enough to be vector code on any machine, and independent.
using Lane = uint64_t __attribute__((vector_size(64)));

#if defined(__x86_64__)
__attribute__((target_clones("default", "avx2", "avx512f")))
#endif
uint64_t
read_all(const char* data, size_t size) {
  constexpr size_t kStep = 8 * sizeof(Lane);
  Lane sums[8] = {};
  for (size_t i = 0; i + kStep <= size; i += kStep) {
    __builtin_prefetch(data + i + 4096);
    for (size_t k = 0; k < 8; ++k) sums[k] += *reinterpret_cast<const Lane*>(data + i + k * sizeof(Lane));
  }
  uint64_t total = 0;
  for (const Lane& sum : sums) {
    for (size_t k = 0; k < 8; ++k) total += sum[k];
  }
  return total;
}

std::optional<double> read_rate(ThreadPool& pool) {
  constexpr size_t kPage = 4096;
  const size_t share = kReadBytes / size_t(pool.size()) / kPage * kPage;
  const std::unique_ptr<char, void (*)(void*)> data(
      static_cast<char*>(std::aligned_alloc(kPage, share * size_t(pool.size()))), std::free);
  if (data == nullptr) return std::nullopt;
  std::memset(data.get(), 0x35, share * size_t(pool.size()));
  std::atomic<uint64_t> keep{0};
  return best_rate(pool, double(share),
                   [&](int thread) { keep += read_all(data.get() + size_t(thread) * share, share); });
}

}  // namespace

MachinePeak measure_machine(ThreadPool& pool) { return {int8_rate(pool), bf16_rate(pool), read_rate(pool)}; }

}  // namespace hearth
