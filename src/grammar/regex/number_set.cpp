#include <array>
#include <optional>
#include <vector>

#include "grammar/regex/decimal.h"
#include "grammar/regex/number_language.h"

namespace hearth::grammar {
namespace {

constexpr uint32_t kNumSymbols = NumberLanguage::kBytes.size();

uint32_t symbol_of(char byte) { return byte == '-' ? 0 : byte == '.' ? 1 : uint32_t(byte - '0') + 2; }

/// A trie of the shortest spellings, to which zeros behind the point are added in the end.
class NumberTrie {
 public:
  NumberTrie() : nodes_(2) {
    point_ = add_node(true);
    zeros_ = add_node(true);
    link(point_, '0') = zeros_;
    link(zeros_, '0') = zeros_;
    nodes_[zeros_].accepts = true;
  }

  void insert(const Decimal& number) {
    const std::string whole = number.integer_part(), fraction = number.fraction();
    const std::string text =
        (whole.empty() ? "0" : whole) + (fraction.empty() ? std::string() : "." + fraction);
    if (number.is_zero() || !number.negative) insert(text);
    if (number.is_zero() || number.negative) insert("-" + text);
  }

  size_t size() const { return nodes_.size(); }

  DfaTable build() {
    // Nodes come behind those that lead to them.
    for (uint32_t node = kRoot; node < nodes_.size(); ++node) {
      if (nodes_[node].accepts && node != zeros_) accept_zeros(node);
    }
    DfaTable table;
    table.num_classes = kNumSymbols + 1;
    table.start = kRoot;
    for (uint32_t node = kRoot; node < nodes_.size(); ++node) {
      for (uint32_t symbol = 0; symbol < kNumSymbols; ++symbol) {
        if (const uint32_t next = nodes_[node].next[symbol]) table.edges.push_back({symbol + 1, next});
      }
      table.add_state(nodes_[node].accepts);
    }
    return table;
  }

 private:
  static constexpr uint32_t kRoot = 1;
  struct Node {
    std::array<uint32_t, kNumSymbols> next = {};
    bool accepts = false;
    bool behind_point = false;
  };

  uint32_t& link(uint32_t node, char byte) { return nodes_[node].next[symbol_of(byte)]; }
  uint32_t add_node(bool behind_point) {
    nodes_.push_back({{}, false, behind_point});
    return uint32_t(nodes_.size() - 1);
  }

  void insert(std::string_view text) {
    uint32_t node = kRoot;
    for (const char byte : text) {
      if (link(node, byte) == 0) {
        const uint32_t next = add_node(nodes_[node].behind_point || byte == '.');
        link(node, byte) = next;
      }
      node = link(node, byte);
    }
    nodes_[node].accepts = true;
  }

  void accept_zeros(uint32_t node) {
    if (!nodes_[node].behind_point) {
      uint32_t& point = link(node, '.');
      if (point == 0) point = point_;
      node = point;
    }
    uint32_t& zero = link(node, '0');
    if (zero == 0) zero = zeros_;
    nodes_[zero].accepts = true;
  }

  std::vector<Node> nodes_;
  uint32_t point_ = 0, zeros_ = 0;
};

}  // namespace

Result<NumberLanguage> NumberLanguage::one_of(std::span<const std::string> values, const Limits& limits) {
  NumberTrie trie;
  for (const std::string& value : values) {
    const Decimal number = TRY(Decimal::parse(value));
    if (number.num_written() > limits.max_nodes || trie.size() > limits.max_nodes)
      return fail(ErrorCode::kResourceLimit, "the numbers have more than {} digits together",
                  limits.max_nodes);
    trie.insert(number);
  }
  DfaTable table = trie.build();
  // Many are left as the trie, which lacks little of being minimal.
  if (table.num_states() <= limits.max_dfa_states) table = minimized(table);
  return NumberLanguage(table);
}

}  // namespace hearth::grammar
