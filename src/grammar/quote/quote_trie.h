#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/threads.h"
#include "grammar/automaton.h"
#include "grammar/quote/quote_borders.h"
#include "grammar/quote/suffix_index.h"

namespace hearth::grammar {

/// The beginnings of quotes that have been met, as the nodes of a trie over bytes: each is a range of the
/// sorted starts and how far they have been read. A node learns its children when the first one is asked for.
/// The widest ranges cost most and are asked for in every text, so one trie, complete in them, is shared:
/// `base`, which the others continue. One thread at a time, except where it is only read.
class QuoteTrie {
 public:
  struct Source {
    const SuffixIndex* index;
    const QuoteBorders* borders;
    uint64_t min_chars;
  };

  /// Knows the root, and what `base` knows.
  explicit QuoteTrie(const Source& source, const QuoteTrie* base = nullptr);

  static constexpr StateId kRoot = 1;
  StateId step(StateId state, uint8_t byte);
  /// Whether a quote may end here.
  bool accepts(StateId state);
  /// Visits the code points from `first` to `last` that may come behind a whole one, until `visit` returns
  /// true; returns whether it did.
  bool visit_steps(StateId state, char32_t first, char32_t last, FunctionRef<bool(char32_t)> visit);

  /// Whether a quote may end at least and at most so many code points behind a whole one. Yes where that
  /// takes too long to find out.
  bool may_end_within(StateId state, uint64_t least, uint64_t most) const;

  /// Learns the children of all nodes with `min_width` starts or more, and of the nodes above.
  void expand_wide(uint32_t min_width);
  /// Forgets all that is not of `base` but these, and writes their new ids in place.
  void keep_only(std::span<StateId> states);
  size_t memory_size() const;
  /// Counts what was looked up, about 50 ns each.
  uint64_t work() const { return work_; }

 private:
  friend class QuoteWalk;
  enum class Answer : uint8_t { kUnknown, kNo, kYes };
  struct Node {
    SuffixIndex::Range range;
    uint32_t depth = 0;  ///< bytes read
    uint32_t chars = 0;  ///< code points among them, one that is not complete included
    StateId first_child = kDeadState;
    uint32_t fanout = 0;
    uint16_t num_children = 0;
    bool expanded = false;
    Answer accepts = Answer::kUnknown;
    uint8_t byte = 0;  ///< the last one
  };
  /// The children's bytes of a node that has many.
  using Fanout = std::array<uint64_t, 4>;
  static constexpr uint16_t kManyChildren = 4;

  const Node& node(StateId id) const { return id < first_id_ ? base_->nodes_[id] : nodes_[id - first_id_]; }
  /// The node to be written to, a copy where it is the base's.
  StateId own(StateId id);
  StateId expanded(StateId id);
  void expand(StateId id);
  bool find_end(const Node& node) const;
  /// A code point of which some bytes have been read, and others are missing.
  struct Partial {
    StateId state;
    uint32_t bits, missing;
  };
  bool visit_wholes(const Partial& read, char32_t first, char32_t last, FunctionRef<bool(char32_t)> visit);

  Source source_;
  const QuoteTrie* base_;
  StateId first_id_ = 0;
  std::vector<Node> nodes_;
  std::vector<Fanout> fanouts_;
  std::unordered_map<StateId, StateId> copies_;  ///< of the base's nodes
  mutable uint64_t work_ = 0;
};

}  // namespace hearth::grammar
