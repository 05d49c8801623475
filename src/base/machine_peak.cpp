#include "base/machine_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace hearth {
namespace {

// Two units of four to five cycles of latency need ten products in flight.
constexpr int kChains = 12;

/// Best of several passes, in 1e9 a second, of a task that does `ops` on each thread.
template <typename Task>
double best_rate(ThreadPool& pool, int num_passes, double ops, Task task) {
  double best = 0.0;
  for (int pass = 0; pass < num_passes; ++pass) {
    std::atomic<int64_t> first{INT64_MAX};
    const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
    pool.run([&](int thread) {
      pool.barrier();
      int64_t begin = now(), known = first.load();
      while (begin < known && !first.compare_exchange_weak(known, begin)) {
      }
      task(thread);
    });
    const double seconds = double(std::max<int64_t>(now() - first.load(), 1)) / 1e9;
    best = std::max(best, ops * pool.size() / seconds / 1e9);
  }
  return best;
}

/// A loop of a number of steps, and the operations of one step.
struct Arithmetic {
  void (*run)(int64_t num_steps) = nullptr;
  int ops = 0;
};

#if defined(__x86_64__)

// The empty asm makes each sum look used and changed, so that no step is folded into another.
__attribute__((target("avx512f,avx512vnni"))) void int8_avx512(int64_t num_steps) {
  __m512i sums[kChains] = {};
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512i& sum : sums) {
      sum = _mm512_dpbusd_epi32(sum, a, b);
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx2,avxvnni"))) void int8_avx_vnni(int64_t num_steps) {
  __m256i sums[kChains] = {};
  const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m256i& sum : sums) {
      sum = _mm256_dpbusd_avx_epi32(sum, a, b);
      asm volatile("" : "+x"(sum));
    }
  }
}

__attribute__((target("avx2"))) void int8_avx2(int64_t num_steps) {
  __m256i sums[kChains] = {};
  const __m256i a = _mm256_set1_epi8(3), ones = _mm256_set1_epi16(1);
  __m256i b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(b));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
      asm volatile("" : "+x"(sum));
    }
  }
}

__attribute__((target("avx512f,avx512bf16"))) void bf16_avx512(int64_t num_steps) {
  __m512 sums[kChains] = {};
  const auto a = reinterpret_cast<__m512bh>(_mm512_set1_epi16(0x3f80));
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512& sum : sums) {
      sum = _mm512_dpbf16_ps(sum, a, a);
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx512f"))) void f32_avx512(int64_t num_steps) {
  __m512 sums[kChains] = {};
  const __m512 a = _mm512_set1_ps(1.5f), b = _mm512_set1_ps(0.25f);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512& sum : sums) {
      sum = _mm512_fmadd_ps(a, b, sum);
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx2,fma"))) void f32_avx2(int64_t num_steps) {
  __m256 sums[kChains] = {};
  const __m256 a = _mm256_set1_ps(1.5f), b = _mm256_set1_ps(0.25f);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m256& sum : sums) {
      sum = _mm256_fmadd_ps(a, b, sum);
      asm volatile("" : "+x"(sum));
    }
  }
}

Arithmetic arithmetic(MachineProbe probe) {
  const bool avx512 = __builtin_cpu_supports("avx512f");
  switch (probe) {
    case MachineProbe::kInt8:
      if (__builtin_cpu_supports("avx512vnni")) return {int8_avx512, kChains * 64 * 2};
      if (__builtin_cpu_supports("avxvnni")) return {int8_avx_vnni, kChains * 32 * 2};
      if (__builtin_cpu_supports("avx2")) return {int8_avx2, kChains * 32 * 2};
      return {};
    case MachineProbe::kBf16:
      return __builtin_cpu_supports("avx512bf16") ? Arithmetic{bf16_avx512, kChains * 32 * 2} : Arithmetic{};
    case MachineProbe::kF32:
      if (avx512) return {f32_avx512, kChains * 16 * 2};
      return __builtin_cpu_supports("fma") ? Arithmetic{f32_avx2, kChains * 8 * 2} : Arithmetic{};
    case MachineProbe::kRead:
      return {};
  }
  return {};
}

#elif defined(__aarch64__)

void f32_neon(int64_t num_steps) {
  float32x4_t sums[kChains] = {};
  const float32x4_t a = vdupq_n_f32(1.5f), b = vdupq_n_f32(0.25f);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (float32x4_t& sum : sums) {
      sum = vfmaq_f32(sum, a, b);
      asm volatile("" : "+w"(sum));
    }
  }
}

Arithmetic arithmetic(MachineProbe probe) {
  return probe == MachineProbe::kF32 ? Arithmetic{f32_neon, kChains * 4 * 2} : Arithmetic{};
}

#else

Arithmetic arithmetic(MachineProbe) { return {}; }

#endif

// Eight sums of 64 bytes: wide enough to be vector code on any machine, and independent.
using Lane = uint64_t __attribute__((vector_size(64)));

__attribute__((always_inline)) inline uint64_t read_all(const char* data, size_t size) {
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

using Reader = uint64_t (*)(const char* data, size_t size);
uint64_t read_plain(const char* data, size_t size) { return read_all(data, size); }

#if defined(__x86_64__)

__attribute__((target("avx512f"))) uint64_t read_avx512(const char* data, size_t size) {
  return read_all(data, size);
}
__attribute__((target("avx2"))) uint64_t read_avx2(const char* data, size_t size) {
  return read_all(data, size);
}

Reader reader() {
  if (__builtin_cpu_supports("avx512f")) return read_avx512;
  return __builtin_cpu_supports("avx2") ? read_avx2 : read_plain;
}

#else

Reader reader() { return read_plain; }

#endif

std::optional<double> read_rate(ThreadPool& pool, const ProbeSize& size) {
  constexpr size_t kPage = 4096;
  const size_t share = size.read_bytes / size_t(pool.size()) / kPage * kPage;
  const std::unique_ptr<char, void (*)(void*)> data(
      static_cast<char*>(std::aligned_alloc(kPage, share * size_t(pool.size()))), std::free);
  if (data == nullptr) return std::nullopt;
  std::memset(data.get(), 0x35, share * size_t(pool.size()));
  std::atomic<uint64_t> keep{0};
  const Reader read = reader();
  return best_rate(pool, size.num_passes, double(share),
                   [&](int thread) { keep += read(data.get() + size_t(thread) * share, share); });
}

}  // namespace

std::optional<double> measure_machine(ThreadPool& pool, MachineProbe probe, const ProbeSize& size) {
  if (probe == MachineProbe::kRead) return read_rate(pool, size);
  const Arithmetic loop = arithmetic(probe);
  if (loop.run == nullptr) return std::nullopt;
  return best_rate(pool, size.num_passes, double(loop.ops) * double(size.num_steps),
                   [&](int) { loop.run(size.num_steps); });
}

}  // namespace hearth
