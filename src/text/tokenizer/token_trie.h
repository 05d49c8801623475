#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/tokenizer_spec.h"

namespace hearth {

/// Finds the tokens that a text starts with. Immutable once built, safe to share between threads; keeps no
/// views.
class TokenTrie {
 public:
  struct Entry {
    std::string_view text;
    TokenId id;
  };

  /// Empty texts are left out; of equal ones, the lowest id stays. Error: kResourceLimit for a text above
  /// 1024 bytes: what is found from every place of a text must be found soon.
  static Result<TokenTrie> create(std::vector<Entry> entries);

  /// Calls `found(size, id)` for each token that `text` starts with, the shortest first.
  template <typename Found>
  void each_prefix(std::string_view text, Found found) const {
    if (nodes_.empty() || text.empty()) return;
    uint32_t node = roots_[uint8_t(text[0])];
    for (size_t size = 1; node != 0; ++size) {
      if (nodes_[node].id >= 0) found(size, nodes_[node].id);
      if (size == text.size()) break;
      node = child(node, uint8_t(text[size]));
    }
  }

 private:
  struct Node {
    uint32_t first_child = 0;
    uint16_t num_children = 0;
    TokenId id = -1;
  };

  uint32_t child(uint32_t node, uint8_t label) const {
    const uint8_t* first = labels_.data() + nodes_[node].first_child;
    uint32_t low = 0, high = nodes_[node].num_children;
    while (low < high) {
      const uint32_t middle = (low + high) / 2;
      if (first[middle] < label) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < nodes_[node].num_children && first[low] == label ? nodes_[node].first_child + low : 0;
  }

  std::vector<Node> nodes_;  ///< children of a node lie side by side, in order of their labels
  std::vector<uint8_t> labels_;
  std::array<uint32_t, 256> roots_ = {};  ///< 0: none
};

}  // namespace hearth
