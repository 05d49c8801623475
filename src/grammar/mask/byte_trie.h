#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hearth::grammar {

/// Byte strings with a value each, as a tree laid out depth first: what starts with a node's string is a
/// range of nodes, and its values a range of values. Immutable once built.
class ByteTrie {
 public:
  struct Entry {
    std::string_view bytes;  ///< not empty
    uint32_t value;
  };

  struct Node {
    uint32_t end;          ///< behind the nodes that start with this one's string
    uint32_t first_value;  ///< of the values at the node and behind it; the next node's is the end of its own
    uint32_t depth : 24;   ///< 1 and up: bytes of the string
    uint32_t byte : 8;     ///< the string's last
  };

  ByteTrie() = default;
  /// Of fewer than 2^32 bytes in all, none above 2^24 - 1. Keeps no views.
  explicit ByteTrie(std::span<const Entry> entries);

  /// The nodes and behind them one more, which ends the values.
  std::span<const Node> nodes() const { return nodes_; }
  uint32_t num_nodes() const { return uint32_t(nodes_.size()) - 1; }
  /// In order of their strings; equal strings in order of values.
  std::span<const uint32_t> values() const { return values_; }
  uint32_t max_depth() const { return max_depth_; }
  /// How many bytes the longest string that starts with a node's has behind it; kMaxHeight: that many or
  /// more.
  uint32_t height(uint32_t node) const { return heights_[node]; }
  static constexpr uint32_t kMaxHeight = 255;
  size_t memory_size() const {
    return nodes_.capacity() * sizeof(Node) + heights_.capacity() + values_.capacity() * sizeof(uint32_t);
  }

 private:
  std::vector<Node> nodes_ = {Node{0, 0, 0, 0}};
  std::vector<uint8_t> heights_;  ///< by node
  std::vector<uint32_t> values_;
  uint32_t max_depth_ = 0;
};

}  // namespace hearth::grammar
