// What this machine could do at most, to divide measured speeds by: machine_peak [THREADS]
//
// Prints one JSON object: int8 and bf16 dot products (a multiply and an add are two operations) from
// registers, and the bandwidth of reading memory that no cache holds. The best of several passes counts: a
// ceiling is what nothing else on the machine disturbs. What the processor lacks is null.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr int kPasses = 8;
// Two units of four to five cycles of latency need ten products in flight.
constexpr int kChains = 12;
constexpr int64_t kSteps = 8'000'000;
constexpr size_t kReadBytes = size_t{512} << 20;

/// Seconds that `body(thread)` takes on all threads, counted from the moment all are there.
template <typename Body>
double seconds_of(int num_threads, Body body) {
  std::atomic<int> waiting{num_threads};
  std::vector<std::thread> threads;
  std::chrono::steady_clock::time_point start;
  auto enter = [&](int thread) {
    if (waiting.fetch_sub(1) == 1) start = std::chrono::steady_clock::now();
    while (waiting.load() > 0) {
    }
    body(thread);
  };
  for (int thread = 1; thread < num_threads; ++thread) threads.emplace_back(enter, thread);
  enter(0);
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Operations per second, in units of 1e9, of a kernel that does `ops` in one call.
template <typename Kernel>
double best_rate(int num_threads, double ops, Kernel kernel) {
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    best = std::max(best, ops * num_threads / seconds_of(num_threads, kernel) / 1e9);
  }
  return best;
}

#if defined(__x86_64__)

// The empty asm makes each sum look used and changed, so that no step is folded into another.
#define KEEP(value) asm volatile("" : "+x"(value))

__attribute__((target("avx512f,avx512vnni"))) void int8_avx512(int) {
  __m512i sums[kChains] = {};
  const __m512i a = _mm512_set1_epi8(3);
  const __m512i b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512i& sum : sums) {
      sum = _mm512_dpbusd_epi32(sum, a, b);
      asm volatile("" : "+v"(sum));
    }
  }
}

__attribute__((target("avx2"))) void int8_avx2(int) {
  __m256i sums[kChains] = {};
  const __m256i a = _mm256_set1_epi8(3);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m256i& sum : sums) {
      KEEP(b);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
      KEEP(sum);
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

double int8_rate(int num_threads) {
  if (__builtin_cpu_supports("avx512vnni")) {
    return best_rate(num_threads, double(kSteps) * kChains * 64 * 2, int8_avx512);
  }
  if (__builtin_cpu_supports("avx2")) {
    return best_rate(num_threads, double(kSteps) * kChains * 32 * 2, int8_avx2);
  }
  return 0;
}

double bf16_rate(int num_threads) {
  if (!__builtin_cpu_supports("avx512bf16")) return 0;
  return best_rate(num_threads, double(kSteps) * kChains * 32 * 2, bf16_avx512);
}

#else

double int8_rate(int) { return 0; }
double bf16_rate(int) { return 0; }

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

double read_rate(int num_threads) {
  const size_t share = kReadBytes / size_t(num_threads) / 4096 * 4096;
  const std::unique_ptr<char, void (*)(void*)> data(
      static_cast<char*>(std::aligned_alloc(4096, share * size_t(num_threads))), std::free);
  if (data == nullptr) return 0;
  std::memset(data.get(), 0x35, share * size_t(num_threads));
  std::atomic<uint64_t> keep{0};
  return best_rate(num_threads, double(share),
                   [&](int thread) { keep += read_all(data.get() + size_t(thread) * share, share); });
}

void print_rate(const char* name, double rate) {
  if (rate > 0) {
    std::printf(", \"%s\": %.1f", name, rate);
  } else {
    std::printf(", \"%s\": null", name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int asked = argc > 1 ? std::atoi(argv[1]) : int(std::thread::hardware_concurrency());
  const int num_threads = std::clamp(asked, 1, 1024);
  std::printf("{\"threads\": %d", num_threads);
  print_rate("int8_gops", int8_rate(num_threads));
  print_rate("bf16_gflops", bf16_rate(num_threads));
  print_rate("read_gb_s", read_rate(num_threads));
  std::printf("}\n");
}
