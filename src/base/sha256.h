#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace hearth {

using Sha256Digest = std::array<uint8_t, 32>;

/// SHA-256 (FIPS 180-4) of bytes that come in pieces. For identities and checks, not for secrets: nothing is
/// wiped.
class Sha256 {
 public:
  void update(ByteSpan bytes);
  /// The digest of all bytes so far; the object is not to be used after.
  Sha256Digest finish();

 private:
  void compress(const std::byte* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  uint64_t num_bytes_ = 0;
};

Sha256Digest sha256(ByteSpan bytes);

}  // namespace hearth
