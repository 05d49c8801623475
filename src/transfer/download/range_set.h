#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace hearth::transfer {

/// Bytes of a file, as disjoint ranges [begin, end).
class RangeSet {
 public:
  void add(uint64_t begin, uint64_t end);
  void clear() { ranges_.clear(); }
  /// Bytes in all.
  uint64_t size() const;
  /// Where the range that begins at 0 ends.
  uint64_t prefix_end() const;
  /// What [0, total) lacks, in order.
  std::vector<std::pair<uint64_t, uint64_t>> gaps(uint64_t total) const;
  const std::map<uint64_t, uint64_t>& ranges() const { return ranges_; }
  bool operator==(const RangeSet&) const = default;

 private:
  std::map<uint64_t, uint64_t> ranges_;  ///< end by begin
};

}  // namespace hearth::transfer
