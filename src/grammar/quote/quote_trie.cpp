#include "grammar/quote/quote_trie.h"

#include <algorithm>
#include <bit>

#include "grammar/quote/word_borders.h"

namespace hearth::grammar {
namespace {

/// Code points that one look ahead may read.
constexpr uint32_t kMaxLookahead = 20'000;

bool is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/// Which of the set bits `byte` is.
size_t rank_of(const std::array<uint64_t, 4>& bits, uint8_t byte) {
  size_t rank = size_t(std::popcount(bits[byte / 64] & ((uint64_t(1) << byte % 64) - 1)));
  for (size_t i = 0; i < byte / 64; ++i) rank += size_t(std::popcount(bits[i]));
  return rank;
}

}  // namespace

QuoteTrie::QuoteTrie(const Source& source, const QuoteTrie* base) : source_(source), base_(base) {
  if (base_ != nullptr) {
    first_id_ = StateId(base_->nodes_.size());
    return;
  }
  nodes_.push_back({});  // kDeadState
  nodes_.push_back({.range = source_.index->all()});
}

StateId QuoteTrie::step(StateId state, uint8_t byte) {
  const StateId id = expanded(state);
  const Node& parent = node(id);
  if (parent.num_children > kManyChildren) {
    const Fanout& bits = id < first_id_ ? base_->fanouts_[parent.fanout] : fanouts_[parent.fanout];
    if ((bits[byte / 64] >> (byte % 64) & 1) == 0) return kDeadState;
    return parent.first_child + StateId(rank_of(bits, byte));
  }
  for (StateId child = parent.first_child; child < parent.first_child + parent.num_children; ++child) {
    if (node(child).byte == byte) return child;
  }
  return kDeadState;
}

bool QuoteTrie::visit_steps(StateId state, char32_t first, char32_t last, FunctionRef<bool(char32_t)> visit) {
  const Node parent = node(expanded(state));
  for (StateId child = parent.first_child; child < parent.first_child + parent.num_children; ++child) {
    const uint8_t lead = node(child).byte;
    const uint32_t missing = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    const uint32_t bits = missing == 0 ? lead : lead & (0x3fu >> missing);
    if (visit_wholes({child, bits, missing}, first, last, visit)) return true;
  }
  return false;
}

bool QuoteTrie::visit_wholes(const Partial& read, char32_t first, char32_t last,
                             FunctionRef<bool(char32_t)> visit) {
  const uint32_t low = read.bits << 6 * read.missing, high = low + ((1u << 6 * read.missing) - 1);
  if (high < first || low > last) return false;
  if (read.missing == 0) return visit(char32_t(read.bits));
  const Node parent = node(expanded(read.state));
  for (StateId child = parent.first_child; child < parent.first_child + parent.num_children; ++child) {
    const uint32_t bits = read.bits << 6 | (node(child).byte & 0x3f);
    if (visit_wholes({child, bits, read.missing - 1}, first, last, visit)) return true;
  }
  return false;
}

bool QuoteTrie::may_end_within(StateId state, uint64_t least, uint64_t most) const {
  const Node& here = node(state);
  const SuffixIndex& index = *source_.index;
  if (here.chars < source_.min_chars) least = std::max<uint64_t>(least, source_.min_chars - here.chars);
  uint32_t left = kMaxLookahead;
  for (uint32_t i = here.range.begin; i < here.range.end; ++i) {
    const std::string_view rest = index.text_from(i, here.depth);
    uint64_t chars = 0;
    for (uint32_t size = 0; chars <= most && here.depth + size <= index.reach(i); ++size) {
      if (is_continuation(uint8_t(rest[size]))) continue;
      if (left-- == 0) return true;
      const bool is_whole_quote = here.depth + size > 0;
      if (chars >= least && is_whole_quote && source_.borders->may_end(index.start(i) + here.depth + size))
        return true;
      if (rest[size] == QuotableText::kEnd) break;
      ++chars;
    }
  }
  return here.depth == 0 && least == 0;
}

StateId QuoteTrie::own(StateId id) {
  if (id >= first_id_) return id;
  const auto [found, is_new] = copies_.try_emplace(id, StateId(first_id_ + nodes_.size()));
  if (is_new) nodes_.push_back(base_->nodes_[id]);
  return found->second;
}

StateId QuoteTrie::expanded(StateId id) {
  if (node(id).expanded) return id;
  id = own(id);
  if (!node(id).expanded) expand(id);
  return id;
}

void QuoteTrie::expand(StateId id) {
  Node parent = node(id);
  const SuffixIndex& index = *source_.index;
  const auto first = nodes_.size();
  Fanout bits{};
  SuffixIndex::Range rest = parent.range;
  while (rest.size() > 0) {
    ++work_;
    const uint8_t byte = index.byte_at(rest.begin, parent.depth);
    if (byte == uint8_t(QuotableText::kEnd)) break;
    const SuffixIndex::Range alike{rest.begin, index.end_of_alike(rest, parent.depth, 1)};
    rest.begin = alike.end;
    if (!index.reaches(alike, parent.depth + 1)) continue;
    bits[byte / 64] |= uint64_t(1) << byte % 64;
    nodes_.push_back({.range = alike,
                      .depth = parent.depth + 1,
                      .chars = parent.chars + (is_continuation(byte) ? 0 : 1),
                      .byte = byte});
  }
  parent.expanded = true;
  parent.first_child = StateId(first_id_ + first);
  parent.num_children = uint16_t(nodes_.size() - first);
  if (parent.num_children > kManyChildren) {
    parent.fanout = uint32_t(fanouts_.size());
    fanouts_.push_back(bits);
  }
  nodes_[id - first_id_] = parent;
}

bool QuoteTrie::accepts(StateId state) {
  if (node(state).accepts != Answer::kUnknown) return node(state).accepts == Answer::kYes;
  const StateId id = own(state);
  Node& known = nodes_[id - first_id_];
  if (known.accepts == Answer::kUnknown) known.accepts = find_end(known) ? Answer::kYes : Answer::kNo;
  return known.accepts == Answer::kYes;
}

bool QuoteTrie::find_end(const Node& node) const {
  if (node.chars < source_.min_chars) return false;
  if (node.depth == 0) return true;
  const SuffixIndex& index = *source_.index;
  if (is_continuation(index.byte_at(node.range.begin, node.depth))) return false;
  if (!source_.borders->by_words()) return true;
  // Those that share what decides on a border have it alike.
  for (SuffixIndex::Range rest = node.range; rest.size() > 0;) {
    ++work_;
    if (source_.borders->may_end(index.start(rest.begin) + node.depth)) return true;
    const size_t size = decisive_size(index.text_from(rest.begin, node.depth));
    rest.begin = index.end_of_alike(rest, node.depth, uint32_t(size));
  }
  return false;
}

void QuoteTrie::expand_wide(uint32_t min_width) {
  for (size_t i = kRoot; i < nodes_.size(); ++i) {
    if (nodes_[i].range.size() >= min_width) expand(StateId(i));
  }
  for (size_t i = kRoot; i < nodes_.size(); ++i) {
    if (nodes_[i].expanded) accepts(StateId(i));
  }
  nodes_.shrink_to_fit();
}

void QuoteTrie::keep_only(std::span<StateId> states) {
  std::vector<Node> kept;
  std::unordered_map<StateId, StateId> moved;
  for (StateId& state : states) {
    if (state < first_id_ || state == kDeadState) continue;
    const auto [found, is_new] = moved.try_emplace(state, StateId(first_id_ + kept.size()));
    if (is_new) {
      kept.push_back(node(state));
      kept.back().expanded = false;
    }
    state = found->second;
  }
  nodes_ = std::move(kept);
  fanouts_.clear();
  copies_.clear();
}

size_t QuoteTrie::memory_size() const {
  return nodes_.capacity() * sizeof(Node) + fanouts_.capacity() * sizeof(Fanout) +
         copies_.size() * (sizeof(std::pair<StateId, StateId>) + 2 * sizeof(void*));
}

}  // namespace hearth::grammar
