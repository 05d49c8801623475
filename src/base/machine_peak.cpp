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
// Where only additions are chained, and several operands need registers too.
constexpr int kAdditionChains = 8;

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

__attribute__((target("avx2"))) void widened_avx2(int64_t num_steps) {
  __m256i sums[kAdditionChains] = {};
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

__attribute__((target("avx2"))) void words_avx2(int64_t num_steps) {
  __m256i sums[kAdditionChains] = {};
  const __m256i a = _mm256_set1_epi8(3);
  __m256i b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(b));
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, b));
      asm volatile("" : "+x"(sum));
    }
  }
}

__attribute__((target("avx2"))) void signed_avx2(int64_t num_steps) {
  __m256i sums[kAdditionChains] = {};
  const __m256i a = _mm256_set1_epi8(3), w = _mm256_set1_epi8(-3), ones = _mm256_set1_epi16(1);
  __m256i b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(b));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, _mm256_sign_epi8(b, w)), ones));
      asm volatile("" : "+x"(sum));
    }
  }
}

__attribute__((target("avx512f,avx512bw"))) void widened_avx512(int64_t num_steps) {
  __m512i sums[kAdditionChains] = {};
  const __m512i a = _mm512_set1_epi8(3), ones = _mm512_set1_epi16(1);
  __m512i b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512i& sum : sums) {
      asm volatile("" : "+v"(b));
      sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(a, b), ones));
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx512f,avx512bw"))) void words_avx512(int64_t num_steps) {
  __m512i sums[kAdditionChains] = {};
  const __m512i a = _mm512_set1_epi8(3);
  __m512i b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512i& sum : sums) {
      asm volatile("" : "+v"(b));
      sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(a, b));
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx512f,avx512bw"))) void signed_avx512(int64_t num_steps) {
  __m512i sums[kAdditionChains] = {};
  constexpr __mmask64 kNegative = 0x5555555555555555;
  const __m512i a = _mm512_set1_epi8(3), ones = _mm512_set1_epi16(1);
  __m512i b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < num_steps; ++i) {
    for (__m512i& sum : sums) {
      asm volatile("" : "+v"(b));
      sum = _mm512_add_epi32(
          sum,
          _mm512_madd_epi16(
              _mm512_maddubs_epi16(a, _mm512_mask_sub_epi8(b, kNegative, _mm512_setzero_si512(), b)), ones));
      asm volatile("" : "+v"(sum));
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

Arithmetic avx2(MachineProbe probe, bool vnni) {
  constexpr int kOps = kAdditionChains * 32 * 2;
  if (probe == MachineProbe::kF32) return {f32_avx2, kChains * 8 * 2};
  if (vnni) return probe == MachineProbe::kInt8 ? Arithmetic{int8_avx_vnni, kChains * 32 * 2} : Arithmetic{};
  if (probe == MachineProbe::kInt8) return {widened_avx2, kOps};
  if (probe == MachineProbe::kWords) return {words_avx2, kOps};
  return probe == MachineProbe::kSigned ? Arithmetic{signed_avx2, kOps} : Arithmetic{};
}

Arithmetic avx512(MachineProbe probe, bool vnni) {
  constexpr int kOps = kAdditionChains * 64 * 2;
  if (probe == MachineProbe::kF32) return {f32_avx512, kChains * 16 * 2};
  if (vnni && probe == MachineProbe::kBf16 && __builtin_cpu_supports("avx512bf16"))
    return {bf16_avx512, kChains * 32 * 2};
  if (vnni) return probe == MachineProbe::kInt8 ? Arithmetic{int8_avx512, kChains * 64 * 2} : Arithmetic{};
  if (probe == MachineProbe::kInt8) return {widened_avx512, kOps};
  if (probe == MachineProbe::kWords) return {words_avx512, kOps};
  return probe == MachineProbe::kSigned ? Arithmetic{signed_avx512, kOps} : Arithmetic{};
}

Arithmetic arithmetic(Isa isa, MachineProbe probe) {
  switch (isa) {
    case Isa::kAvx2:
    case Isa::kAvx2Vnni:
      return avx2(probe, isa == Isa::kAvx2Vnni);
    case Isa::kAvx512Bw:
    case Isa::kAvx512:
    case Isa::kAmx:
      return avx512(probe, isa != Isa::kAvx512Bw);
    default:
      return {};
  }
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

Arithmetic arithmetic(Isa isa, MachineProbe probe) {
  if (isa == Isa::kScalar) return {};
  return probe == MachineProbe::kF32 ? Arithmetic{f32_neon, kChains * 4 * 2} : Arithmetic{};
}

#else

Arithmetic arithmetic(Isa, MachineProbe) { return {}; }

#endif

// Eight sums of 64 bytes: wide enough to be vector code on any machine, and independent.
using Lane = uint64_t __attribute__((vector_size(64)));

template <bool kAsked>
__attribute__((always_inline)) inline uint64_t read_all(const char* data, size_t size) {
  constexpr size_t kStep = 8 * sizeof(Lane);
  Lane sums[8] = {};
  for (size_t i = 0; i + kStep <= size; i += kStep) {
    if constexpr (kAsked) {
      for (size_t k = 0; k < 8; ++k) __builtin_prefetch(data + i + 4096 + k * sizeof(Lane), 0, 2);
    }
    for (size_t k = 0; k < 8; ++k) sums[k] += *reinterpret_cast<const Lane*>(data + i + k * sizeof(Lane));
  }
  uint64_t total = 0;
  for (const Lane& sum : sums) {
    for (size_t k = 0; k < 8; ++k) total += sum[k];
  }
  return total;
}

using Reader = uint64_t (*)(const char* data, size_t size);
template <bool kAsked>
uint64_t read_plain(const char* data, size_t size) {
  return read_all<kAsked>(data, size);
}

#if defined(__x86_64__)

template <bool kAsked>
__attribute__((target("avx512f"))) uint64_t read_avx512(const char* data, size_t size) {
  return read_all<kAsked>(data, size);
}
template <bool kAsked>
__attribute__((target("avx2"))) uint64_t read_avx2(const char* data, size_t size) {
  return read_all<kAsked>(data, size);
}

template <bool kAsked>
Reader reader(Isa isa) {
  if (isa == Isa::kScalar) return read_plain<kAsked>;
  return isa >= Isa::kAvx512Bw ? read_avx512<kAsked> : read_avx2<kAsked>;
}

#else

template <bool kAsked>
Reader reader(Isa) {
  return read_plain<kAsked>;
}

#endif

std::optional<double> read_rate(ThreadPool& pool, Reader read, const ProbeSize& size) {
  constexpr size_t kPage = 4096;
  const size_t share = size.read_bytes / size_t(pool.size()) / kPage * kPage;
  const std::unique_ptr<char, void (*)(void*)> data(
      static_cast<char*>(std::aligned_alloc(kPage, share * size_t(pool.size()))), std::free);
  if (data == nullptr) return std::nullopt;
  std::memset(data.get(), 0x35, share * size_t(pool.size()));
  std::atomic<uint64_t> keep{0};
  return best_rate(pool, size.num_passes, double(share),
                   [&](int thread) { keep += read(data.get() + size_t(thread) * share, share); });
}

}  // namespace

std::optional<double> measure_machine(ThreadPool& pool, Isa isa, MachineProbe probe, const ProbeSize& size) {
  if (probe == MachineProbe::kRead) return read_rate(pool, reader<true>(isa), size);
  if (probe == MachineProbe::kReadUnasked) return read_rate(pool, reader<false>(isa), size);
  const Arithmetic loop = arithmetic(isa, probe);
  if (loop.run == nullptr) return std::nullopt;
  return best_rate(pool, size.num_passes, double(loop.ops) * double(size.num_steps),
                   [&](int) { loop.run(size.num_steps); });
}

}  // namespace hearth
