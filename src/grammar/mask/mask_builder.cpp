#include "grammar/mask/mask_builder.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "grammar/mask/loop_probe.h"
#include "grammar/trie_walk.h"

namespace hearth::grammar {
namespace {

/// Below this many nodes of the trie in reach, no detour is shorter than the way itself.
constexpr uint32_t kShortWalk = 2048;

/// States that are alike up to so many bytes differ in few tokens.
constexpr uint32_t kMuchAlike = 8;

/// What a state may be followed by to reach one that goes in a loop: texts of many grammars end up there.
constexpr std::array<std::string_view, 6> kProbes = {"~", "e", "0", " ", "Q", "\xF4\x8F\xBF\xBD"};

void allow(uint32_t id, std::span<uint64_t> words) { words[id / 64] |= uint64_t(1) << (id % 64); }

void allow(std::span<const uint32_t> ids, std::span<uint64_t> words) {
  for (const uint32_t id : ids) allow(id, words);
}

/// Visits the nodes of [first, end) that are alive. `found(begin, end, to)` takes the values of each and the
/// state behind it.
template <typename Found>
void walk_alive(std::span<const ByteTrie::Node> nodes, uint32_t first, uint32_t end, TransitionTable& steps,
                TransitionTable::Row** rows, Found found) {
  for (uint32_t i = first; i < end;) {
    const ByteTrie::Node& node = nodes[i];
    const StateId to = steps.step(*rows[node.depth - 1], uint8_t(node.byte));
    if (to == kDeadState) {
      i = node.end;
      continue;
    }
    found(node.first_value, nodes[i + 1].first_value, to);
    if (++i < node.end) rows[node.depth] = &steps.row(steps.stand_in(to));
  }
}

StateId step_all(TransitionTable& steps, StateId state, std::string_view bytes) {
  for (const char byte : bytes) {
    if (state == kDeadState) break;
    state = steps.step(state, uint8_t(byte));
  }
  return state;
}

}  // namespace

void MaskBuilder::build(StateId state, std::span<uint64_t> words) {
  const bool was_short = steps_->exchange_short(false);
  const StateId stand_in = steps_->stand_in(state);
  if (stand_in == state) {
    make(state, words);
  } else {
    get(stand_in, words);
  }
  if (!steps_->exchange_short(was_short)) return;
  for (const uint32_t id : tokens_->quoting_ids()) {
    words[id / 64] &= ~(uint64_t(1) << (id % 64));
    if (step_all(*steps_, state, tokens_->bytes(TokenId(id))) != kDeadState) allow(id, words);
  }
}

void MaskBuilder::get(StateId state, Words words) {
  if (cache_->get(state, words)) return;
  build(state, words);
  if (!automaton_->fuel().exhausted) cache_->put(state, words);
}

void MaskBuilder::make(StateId state, Words words) {
  std::ranges::fill(words, 0);
  Row& row = steps_->row(state);
  if (row.like.state != kDeadState) return make_from(row, row.like.state, words);
  TrieWalk own{
      .trie = &tokens_->trie(), .words = words, .dead = {}, .foreign = {}, .foreign_at_end = {}, .open = {}};
  if (automaton_->walk(state, own)) {
    for (const uint32_t node : own.open) add_open(node, state, words);
    return;
  }
  const Loop loop = automaton_->loop(state);
  const StateId base = find_base(row, loop);
  if (base != kDeadState) {
    const bool was_base = std::exchange(makes_base_, true);
    make_from(row, base, words);
    makes_base_ = was_base;
  } else if (loop.leads_apart) {
    add_apart(row, *tokens_->loops().get(loop.set), words);
  } else if (says_something(loop)) {
    add_loop(state, loop, *tokens_->loops().get(loop.set), words);
  } else {
    rows_[0] = &row;
    walk(0, tokens_->trie().num_nodes(), words);
  }
  made_[num_made_++ % made_.size()] = state;
}

void MaskBuilder::make_from(Row& row, StateId base, Words words) {
  get(base, words);
  if (automaton_->fuel().exhausted) return;
  rows_[0] = &row;
  base_rows_[0] = &steps_->row(base);
  walk_difference(words);
}

void MaskBuilder::walk(uint32_t first, uint32_t end, Words words) {
  const auto values = tokens_->trie().values();
  walk_alive(tokens_->trie().nodes(), first, end, *steps_, rows_.data(),
             [&](uint32_t begin, uint32_t behind, StateId) {
               for (; begin < behind; ++begin)
                 words[values[begin] / 64] |= uint64_t(1) << (values[begin] % 64);
             });
}

uint32_t MaskBuilder::build_within(StateId state, uint32_t most, ClosingTable& closings, Words words) {
  std::ranges::fill(words, 0);
  const auto values = tokens_->trie().values();
  uint32_t worst = 0, wanted = 0;
  StateId last = kDeadState;
  const auto add_near = [&](uint32_t begin, uint32_t behind, StateId to) {
    if (begin == behind) return;
    if (to != last) wanted = closings.num_tokens(to).value_or(UINT32_MAX);
    last = to;
    worst = std::max(worst, wanted);
    if (wanted <= most) allow(values.subspan(begin, behind - begin), words);
  };
  // By the states themselves: an end far ahead may hang on what a stand-in has forgotten.
  const auto nodes = tokens_->trie().nodes();
  rows_[0] = &steps_->row(state);
  for (uint32_t i = 0; i < tokens_->trie().num_nodes();) {
    const ByteTrie::Node& node = nodes[i];
    const StateId to = steps_->step(*rows_[node.depth - 1], uint8_t(node.byte));
    if (to != kDeadState) add_near(node.first_value, nodes[i + 1].first_value, to);
    i = to != kDeadState ? i + 1 : node.end;
    if (to != kDeadState && i < node.end) rows_[node.depth] = &steps_->row(to);
  }
  return worst;
}

void MaskBuilder::add_open(uint32_t node, StateId state, Words words) {
  const ByteTrie::Node& open = tokens_->trie().nodes()[node];
  const TokenId below = TokenId(tokens_->trie().values()[open.first_value]);
  state = step_all(*steps_, state, tokens_->bytes(below).substr(0, open.depth - 1));
  if (state == kDeadState) return;
  rows_[open.depth - 1] = &steps_->row(state);
  walk(node, open.end, words);
}

void MaskBuilder::remove(uint32_t first, uint32_t end, Words words) const {
  const auto nodes = tokens_->trie().nodes();
  const auto values = tokens_->trie().values();
  for (const uint32_t id :
       values.subspan(nodes[first].first_value, nodes[end].first_value - nodes[first].first_value)) {
    words[id / 64] &= ~(uint64_t(1) << (id % 64));
  }
}

void MaskBuilder::walk_difference(Words words) {
  const auto nodes = tokens_->trie().nodes();
  const auto values = tokens_->trie().values();
  const uint32_t end = tokens_->trie().num_nodes();
  alike_[0] = automaton_->alike_depth(rows_[0]->state, base_rows_[0]->state);
  for (uint32_t i = 0; i < end;) {
    const ByteTrie::Node& node = nodes[i];
    const auto byte = uint8_t(node.byte);
    Row& row = *rows_[node.depth - 1];
    Row& base_row = *base_rows_[node.depth - 1];
    const uint32_t height = tokens_->trie().height(i);
    if (row.like.state == base_row.state && !row.like.differs[byte]) {
      if (row.like.is_short) steps_->exchange_short(true);
      i = node.end;
      continue;
    }
    if (height < alike_[node.depth - 1]) {
      i = node.end;
      continue;
    }
    StateId to = steps_->step(row, byte), base = steps_->step(base_row, byte);
    if (to != kDeadState) to = steps_->stand_in(to);
    if (base != kDeadState) base = steps_->stand_in(base);
    if (to == base) {
      i = node.end;
    } else if (to == kDeadState) {
      remove(i, node.end, words);
      i = node.end;
    } else if (base == kDeadState) {
      allow(values.subspan(node.first_value, nodes[i + 1].first_value - node.first_value), words);
      rows_[node.depth] = &steps_->row(to);
      walk(i + 1, node.end, words);
      i = node.end;
    } else if (++i < node.end) {
      rows_[node.depth] = &steps_->row(to);
      base_rows_[node.depth] = &steps_->row(base);
      // One step further it is one less at least; where that says nothing any more, it is asked anew.
      const uint32_t before = alike_[node.depth - 1];
      alike_[node.depth] = before == 1 ? automaton_->alike_depth(to, base) : before - (before > 0 ? 1 : 0);
    }
  }
}

StateId MaskBuilder::find_base(Row& row, const Loop& loop) {
  const bool has_loop = says_something(loop);
  if (loop.leads_apart) return find_made(row.state);
  // A loop in the whole text of a string is the best that there is; what is a base already looks for no
  // other.
  if (has_loop && (makes_base_ || loop.set == LoopSet::json_text())) return kDeadState;
  const auto nodes = tokens_->trie().nodes();
  uint32_t in_reach = 0;
  for (uint32_t i = 0; i < tokens_->trie().num_nodes(); i = nodes[i].end) {
    if (steps_->step(row, uint8_t(nodes[i].byte)) != kDeadState) in_reach += nodes[i].end - i;
  }
  if (in_reach < kShortWalk) return kDeadState;
  if (const StateId made = find_made(row.state); made != kDeadState) return made;
  StateId best = kDeadState;
  uint32_t least = has_loop ? in_reach / 3 : in_reach / 2;
  for (const std::string_view probe : kProbes) {
    const StateId base = step_all(*steps_, row.state, probe);
    if (base == kDeadState || base == row.state || base == best) continue;
    if (automaton_->loop(base).count != Loop::kEndless) continue;
    if (automaton_->alike_depth(row.state, base) >= kMuchAlike) return base;
    const uint32_t differs = difference(row, steps_->row(base), least);
    if (differs < least) {
      least = differs;
      best = base;
    }
  }
  return best;
}

uint32_t MaskBuilder::difference(Row& row, Row& base_row, uint32_t most) {
  const auto nodes = tokens_->trie().nodes();
  uint32_t differs = 0;
  for (uint32_t i = 0; i < tokens_->trie().num_nodes() && differs < most; i = nodes[i].end) {
    const auto byte = uint8_t(nodes[i].byte);
    const StateId to = steps_->step(row, byte), base = steps_->step(base_row, byte);
    if (to == base) continue;
    if (to == kDeadState || base == kDeadState || nodes[i].end - i < kShortWalk) {
      differs += nodes[i].end - i;
      continue;
    }
    // Below large nodes the second bytes count too: words begin behind a blank.
    Row& row_below = steps_->row(to);
    Row& base_below = steps_->row(base);
    for (uint32_t child = i + 1; child < nodes[i].end; child = nodes[child].end) {
      const auto second = uint8_t(nodes[child].byte);
      if (steps_->step(row_below, second) != steps_->step(base_below, second))
        differs += nodes[child].end - child;
    }
  }
  return differs;
}

StateId MaskBuilder::find_made(StateId state) {
  StateId best = kDeadState;
  uint32_t deepest = kMuchAlike - 1;
  for (const StateId made : made_) {
    if (made == kDeadState || made == state || !cache_->contains(made)) continue;
    const uint32_t depth = automaton_->alike_depth(state, made);
    if (depth <= deepest) continue;
    deepest = depth;
    best = made;
  }
  return best;
}

void MaskBuilder::add_loop(StateId state, const Loop& loop, const LoopTokens& tokens, Words words) {
  tokens.count_use();
  std::ranges::copy(tokens.inside(), words.begin());
  if (loop.count < tokens.max_count()) tokens_->loops().counts().keep_at_most(loop.count, words);
  behind_ = {state};  // by the number of code points inside
  const std::string code_point = some_code_point(loop);
  const uint32_t last = std::min(loop.count, tokens.max_count());
  while (behind_.size() <= last) {
    const StateId next = step_all(*steps_, behind_.back(), code_point);
    if (next == kDeadState) break;
    if (next == behind_.back() && loop.count == Loop::kEndless) break;  // and so on for ever
    behind_.push_back(next);
  }
  const bool is_steady = loop.count == Loop::kEndless;
  for (const uint8_t byte : tokens.exit_bytes()) add_exits(byte, is_steady, tokens, words);
}

void MaskBuilder::add_apart(Row& row, const LoopTokens& tokens, Words words) {
  std::ranges::copy(tokens.inside(), words.begin());
  const auto nodes = tokens_->trie().nodes();
  const auto values = tokens_->trie().values();
  rows_[0] = &row;
  std::string_view path;  // rows_ are along it
  for (const uint8_t byte : tokens.exit_bytes()) {
    for (const LoopTokens::Exit& exit : tokens.exits(byte)) {
      const TokenId below = TokenId(values[nodes[exit.node].first_value]);
      const std::string_view inside = tokens_->bytes(below).substr(0, exit.depth - 1);
      auto depth = size_t(std::ranges::mismatch(path, inside).in1 - path.begin());
      for (; depth < inside.size(); ++depth) {
        const StateId to = steps_->step(*rows_[depth], uint8_t(inside[depth]));
        if (to == kDeadState) break;
        rows_[depth + 1] = &steps_->row(steps_->stand_in(to));
      }
      path = inside.substr(0, depth);
      if (depth < inside.size()) continue;  // the fuel ended
      const StateId outside = steps_->step(*rows_[depth], byte);
      if (outside == kDeadState) continue;
      add_exit(exit, outside, words);
      path = path.substr(0, std::min(path.size(), size_t(exit.depth - 1)));
    }
  }
}

void MaskBuilder::add_exits(uint8_t byte, bool is_steady, const LoopTokens& tokens, Words words) {
  outside_.clear();
  for (const StateId inside : behind_) outside_.push_back(steps_->step(inside, byte));
  if (std::ranges::all_of(outside_, [](StateId state) { return state == kDeadState; })) return;
  const auto outside_of = [&](uint32_t count) {
    if (count < outside_.size()) return outside_[count];
    return is_steady ? outside_.back() : kDeadState;
  };
  const LoopTokens::Rests* rests = tokens.rests(byte);
  if (rests == nullptr) {
    for (const LoopTokens::Exit& exit : tokens.exits(byte)) {
      if (outside_of(exit.count) != kDeadState) add_exit(exit, outside_of(exit.count), words);
    }
    return;
  }
  // Counts with one state outside share a walk.
  order_.resize(outside_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::sort(order_, {}, [&](uint32_t count) { return std::pair(outside_[count], count); });
  for (size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
    const StateId to = outside_[order_[begin]];
    for (end = begin; end < order_.size() && outside_[order_[end]] == to; ++end) {
    }
    if (to == kDeadState) continue;
    const std::span<const uint32_t> group = std::span(order_).subspan(begin, end - begin);
    const bool is_open = is_steady && group.back() + 1 == outside_.size();
    add_rests(*rests, to, group, is_open, words);
  }
}

void MaskBuilder::add_rests(const LoopTokens::Rests& rests, StateId state, std::span<const uint32_t> counts,
                            bool is_open, Words words) {
  const ByteTrie& trie = rests.all->trie;
  const auto nodes = trie.nodes();
  const auto walk_rests = [&](auto add_values) {
    add_values(0, nodes[1].first_value, state);
    rows_[1] = &steps_->row(steps_->stand_in(state));
    walk_alive(nodes, 1, trie.num_nodes(), *steps_, rows_.data(), add_values);
  };
  if (is_open && counts.size() == 1 && counts[0] == 0 && !rests.has_others) {
    walk_rests([&](uint32_t begin, uint32_t end, StateId) {
      for (; begin < end; ++begin) allow(uint32_t(rests.all->ids[begin]), words);
    });
    return;
  }
  // `counts` and, where open, all above the last.
  chosen_.assign(size_t(rests.max_count) + 2, 0);
  for (const uint32_t count : counts) {
    if (count <= rests.max_count) chosen_[count] = 1;
  }
  if (is_open && counts.back() <= rests.max_count) {
    std::fill(chosen_.begin() + ptrdiff_t(counts.back()), chosen_.end() - 1, 1);
  }
  walk_rests([&](uint32_t begin, uint32_t end, StateId) {
    for (; begin < end; ++begin) {
      const auto id = uint32_t(rests.all->ids[begin]);
      words[id / 64] |= uint64_t(chosen_[rests.counts[begin]]) << (id % 64);
    }
  });
}

void MaskBuilder::add_exit(const LoopTokens::Exit& exit, StateId state, Words words) {
  const auto nodes = tokens_->trie().nodes();
  const ByteTrie::Node& node = nodes[exit.node];
  const auto values = tokens_->trie().values().subspan(node.first_value);
  state = step_all(*steps_, state,
                   tokens_->bytes(TokenId(values[0])).substr(exit.depth, node.depth - exit.depth));
  if (state == kDeadState) return;
  allow(values.first(nodes[exit.node + 1].first_value - node.first_value), words);
  if (exit.node + 1 == node.end) return;
  rows_[node.depth] = &steps_->row(steps_->stand_in(state));
  walk(exit.node + 1, node.end, words);
}

}  // namespace hearth::grammar
