#pragma once

#include <array>
#include <cstdint>

namespace hearth {

/// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
/// 1, 2, 3"). The same key and counter always give the same block, so nothing has to be kept between draws.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t(0xD2511F53u) * counter[0];
    const uint64_t product1 = uint64_t(0xCD9E8D57u) * counter[2];
    counter = {uint32_t(product1 >> 32) ^ counter[1] ^ key[0], uint32_t(product1),
               uint32_t(product0 >> 32) ^ counter[3] ^ key[1], uint32_t(product0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// What a random number is for: draws for different purposes at one position are independent.
enum class RandomStream : uint32_t { kToken = 0, kXtc = 1, kDraft = 2 };

/// A number in [0, 1) with 53 random bits that depends on the arguments alone.
constexpr double uniform(uint64_t seed, uint64_t position, RandomStream stream) {
  const std::array<uint32_t, 4> block =
      philox({uint32_t(position), uint32_t(position >> 32), uint32_t(stream), 0},
             {uint32_t(seed), uint32_t(seed >> 32)});
  return double((uint64_t(block[0]) << 32 | block[1]) >> 11) * 0x1p-53;
}

}  // namespace hearth
