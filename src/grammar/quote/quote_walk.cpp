#include "grammar/quote/quote_walk.h"

#include "grammar/mask/byte_trie.h"

namespace hearth::grammar {

QuoteWalk::Frame QuoteWalk::make_frame(const Node& node, uint32_t end) const {
  Frame frame{.node = node, .rest = node.range, .end = end};
  if (node.expanded) {
    frame.child = node.first_child;
    frame.end_child = node.first_child + node.num_children;
  }
  return frame;
}

void QuoteWalk::run(StateId from) {
  const auto nodes = walk_.trie->nodes();
  const uint32_t end = walk_.trie->num_nodes();
  uint32_t last_foreign = 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    if (walk_.foreign[byte]) last_foreign = byte;
  }
  std::vector<Frame> frames(walk_.trie->max_depth() + 1);
  frames[0] = make_frame(quotes_.node(from), end);
  for (uint32_t i = 0; i < end;) {
    const ByteTrie::Node& token = nodes[i];
    Frame& frame = frames[token.depth - 1];
    const auto byte = uint8_t(token.byte);
    if (walk_.foreign[byte]) {
      if (!walk_.foreign_at_end[byte] || accepts(frame)) walk_.open.push_back(i);
      i = token.end;
    } else if (!walk_.dead[byte] && find_child(frame, byte)) {
      add_values(i);
      if (i + 1 < token.end) frames[token.depth] = make_frame(found_, token.end);
      ++i;
    } else {
      i = byte < last_foreign || has_more_children(frame) ? token.end : frame.end;
    }
  }
}

bool QuoteWalk::find_child(Frame& frame, uint8_t byte) {
  if (!frame.node.expanded) return cut_child(frame, byte);
  while (frame.child != frame.end_child && quotes_.node(frame.child).byte < byte) ++frame.child;
  if (frame.child == frame.end_child || quotes_.node(frame.child).byte != byte) return false;
  found_ = quotes_.node(frame.child);
  return true;
}

bool QuoteWalk::cut_child(Frame& frame, uint8_t byte) {
  const SuffixIndex& index = *quotes_.source_.index;
  const uint32_t depth = frame.node.depth;
  while (frame.rest.size() > 0) {
    const uint8_t first = index.byte_at(frame.rest.begin, depth);
    if (first > byte || first == uint8_t(QuotableText::kEnd)) return false;
    ++quotes_.work_;
    const SuffixIndex::Range alike{frame.rest.begin, index.end_of_alike(frame.rest, depth, 1)};
    frame.rest.begin = alike.end;
    if (first < byte) continue;
    if (!index.reaches(alike, depth + 1)) return false;
    const bool continues = (byte & 0xc0) == 0x80;
    found_ = Node{
        .range = alike, .depth = depth + 1, .chars = frame.node.chars + (continues ? 0 : 1), .byte = byte};
    return true;
  }
  return false;
}

bool QuoteWalk::has_more_children(const Frame& frame) const {
  return frame.node.expanded ? frame.child != frame.end_child : frame.rest.size() > 0;
}

bool QuoteWalk::accepts(Frame& frame) const {
  if (frame.node.accepts == Answer::kUnknown) {
    frame.node.accepts = quotes_.find_end(frame.node) ? Answer::kYes : Answer::kNo;
  }
  return frame.node.accepts == Answer::kYes;
}

void QuoteWalk::add_values(uint32_t node) {
  const auto nodes = walk_.trie->nodes();
  const auto values = walk_.trie->values();
  for (uint32_t i = nodes[node].first_value; i < nodes[node + 1].first_value; ++i) {
    walk_.words[values[i] / 64] |= uint64_t(1) << values[i] % 64;
  }
}

}  // namespace hearth::grammar
