#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transfer/download/range_set.h"

namespace hearth::transfer {

/// What is known of a partial download besides its bytes, as lines of text:
///   hearth-partial 1 SIZE BOOT VALIDATOR
///   w BEGIN END      bytes that were written
///   s BEGIN END      bytes that are on the disk
/// A process that is killed leaves what it wrote to the system, a power cut only what is on the disk: "w"
/// counts while the machine is up, which BOOT tells. VALIDATOR, in hexadecimal, is the ETag that the bytes
/// are of; "-" where their digest is known beforehand.
struct Journal {
  uint64_t num_bytes = 0;
  std::string boot = {};
  std::string validator = {};
  RangeSet written = {}, synced = {};

  /// Reads as far as lines are whole and make sense: what follows is torn. Nothing where the first one is
  /// not.
  static std::optional<Journal> parse(std::string_view text);
  std::string head() const;
  static std::string line(char kind, uint64_t begin, uint64_t end);
  /// Bytes that can be counted on, if the machine's boot is `now`.
  const RangeSet& usable(std::string_view now) const { return boot == now ? written : synced; }
};

/// What the system calls its present boot; empty where it does not tell.
std::string current_boot();

}  // namespace hearth::transfer
