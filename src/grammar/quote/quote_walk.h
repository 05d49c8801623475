#pragma once

#include <cstdint>
#include <vector>

#include "grammar/quote/quote_trie.h"
#include "grammar/trie_walk.h"

namespace hearth::grammar {

/// Goes through a trie of tokens and the sorted starts of quotes side by side: the children of both are in
/// the order of their bytes. What a QuoteTrie knows spares the search; it learns nothing, since most of what
/// a mask meets is never met again.
class QuoteWalk {
 public:
  QuoteWalk(const QuoteTrie& quotes, TrieWalk& walk) : quotes_(quotes), walk_(walk) {}

  void run(StateId from);

 private:
  using Node = QuoteTrie::Node;
  using Answer = QuoteTrie::Answer;

  /// A beginning of quotes, and which of its children are still to come. They are known, or are cut from
  /// what is left of the range.
  struct Frame {
    Node node;
    SuffixIndex::Range rest;
    StateId child = kDeadState, end_child = kDeadState;
    uint32_t end = 0;  ///< in the trie of tokens
  };

  Frame make_frame(const Node& node, uint32_t end) const;
  /// Whether the child by this byte is there; if so, it is found_. Bytes come in ascending order.
  bool find_child(Frame& frame, uint8_t byte);
  bool cut_child(Frame& frame, uint8_t byte);
  bool has_more_children(const Frame& frame) const;
  bool accepts(Frame& frame) const;
  void add_values(uint32_t node);

  const QuoteTrie& quotes_;
  TrieWalk& walk_;
  Node found_;
};

}  // namespace hearth::grammar
