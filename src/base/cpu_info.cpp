#include "base/cpu_info.h"

#include <sys/auxv.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__aarch64__)
#include <asm/hwcap.h>
#endif

#include <fmt/ranges.h>

namespace hearth {

namespace {

constexpr Isa kIsas[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx2Vnni, Isa::kAvx512Bw,
                         Isa::kAvx512, Isa::kAmx,  Isa::kNeon,     Isa::kNeonI8mm};

}  // namespace

std::string_view to_string(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx2Vnni:
      return "avx2-vnni";
    case Isa::kAvx512Bw:
      return "avx512-bw";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAmx:
      return "amx";
    case Isa::kNeon:
      return "neon";
    case Isa::kNeonI8mm:
      return "neon-i8mm";
  }
  return "scalar";
}

#if defined(__x86_64__)

namespace {

/// Whether the processor multiplies tiles of int8 and of bfloat16, and the system lets this process use their
/// registers: Linux grants them on request, once for all threads.
bool has_amx() {
  constexpr unsigned kWanted = 1U << 22 | 1U << 24 | 1U << 25;  // bfloat16, tiles, int8
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (edx & kWanted) != kWanted) return false;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool is_supported(Isa isa) {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool vnni = __builtin_cpu_supports("avx512vnni");
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return avx2;
    case Isa::kAvx2Vnni:
      return avx2 && __builtin_cpu_supports("avxvnni");
    case Isa::kAvx512Bw:
      return avx2 && avx512;
    case Isa::kAvx512:
      return avx2 && avx512 && vnni;
    case Isa::kAmx:
      return avx2 && avx512 && vnni && has_amx();
    default:
      return false;
  }
}

#elif defined(__aarch64__)

bool is_supported(Isa isa) {
  const bool dot = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  const bool i8mm = (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
  return isa == Isa::kScalar || (isa == Isa::kNeon && dot) || (isa == Isa::kNeonI8mm && dot && i8mm);
}

#else

bool is_supported(Isa isa) { return isa == Isa::kScalar; }

#endif

std::vector<Isa> supported_isas() {
  std::vector<Isa> found;
  for (Isa isa : kIsas) {
    if (is_supported(isa)) found.push_back(isa);
  }
  return found;
}

Result<Isa> choose_isa(const std::string& name) {
  const std::vector<Isa> supported = supported_isas();
  if (name.empty()) return supported.back();
  for (Isa isa : kIsas) {
    if (to_string(isa) == name && is_supported(isa)) return isa;
  }
  std::vector<std::string_view> names;
  for (Isa isa : supported) names.push_back(to_string(isa));
  const std::string hint = fmt::format("use one of: {}", fmt::join(names, ", "));
  for (Isa isa : kIsas) {
    if (to_string(isa) == name)
      return fail_hint(ErrorCode::kUnsupported, hint, "this processor does not run the {} kernels", name);
  }
  return fail_hint(ErrorCode::kInvalidArgument, hint, "unknown instruction set {}", name);
}

}  // namespace hearth
