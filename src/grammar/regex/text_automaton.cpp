#include "grammar/regex/text_automaton.h"

#include <algorithm>

namespace hearth::grammar {

size_t TextAutomaton::InsideHash::operator()(const Inside& inside) const {
  uint64_t hash = uint64_t(inside.state) << 32 | inside.first;
  hash = (hash ^ (uint64_t(inside.last) << 3 | inside.rest << 1 | inside.leads_to_one)) * 0x9E3779B97F4A7C15;
  return hash ^ hash >> 31;
}

StateId TextAutomaton::step(StateId state, uint8_t byte) {
  if (is_inside(state)) return step_inside(insides_[state - language_->num_states()], byte);
  return byte < 0x80 ? language_->step(state, byte) : step_lead(state, byte);
}

StateId TextAutomaton::step_lead(StateId state, uint8_t byte) {
  const uint8_t rest = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
  // What is not the shortest form, a surrogate or above U+10FFFF falls away by these bounds.
  static constexpr CodePointRange kBounds[] = {{}, {0x80, 0x7FF}, {0x800, 0xFFFF}, {0x10000, kMaxCodePoint}};
  if (byte < 0xC2 || byte > 0xF4) return kDeadState;
  const char32_t base = char32_t(byte & (0x3F >> rest)) << (6 * rest);
  const char32_t first = std::max(base, kBounds[rest].first);
  char32_t last = std::min<char32_t>(base + (1u << (6 * rest)) - 1, kBounds[rest].last);
  if (last == kLastSurrogate) last = kFirstSurrogate - 1;
  return inside(state, rest, first, last);
}

StateId TextAutomaton::step_inside(const Inside& at, uint8_t byte) {
  if ((byte & 0xC0) != 0x80) return kDeadState;
  const uint32_t num_bits = 6u * (at.rest - 1u);
  const char32_t base = at.first >> (num_bits + 6) << (num_bits + 6) | char32_t(byte & 0x3F) << num_bits;
  const char32_t first = std::max(at.first, base);
  const char32_t last = std::min<char32_t>(at.last, base + (1u << num_bits) - 1);
  if (first > last) return kDeadState;
  if (at.rest == 1) return at.leads_to_one ? at.state : language_->step(at.state, first);
  if (!at.leads_to_one) return inside(at.state, at.rest - 1, first, last);
  return intern({at.state, true, uint8_t(at.rest - 1), first - base, last - base});
}

StateId TextAutomaton::inside(StateId state, uint8_t rest, char32_t first, char32_t last) {
  const auto runs = language_->alphabet().runs();
  auto run = std::prev(std::ranges::upper_bound(runs, first, {}, &Alphabet::Run::first));
  const StateId next = language_->step_class(state, run->class_id);
  bool alive = next != kDeadState, same = true;
  uint64_t num_runs = 1;
  for (++run; run != runs.end() && run->first <= last && !(alive && !same); ++run, ++num_runs) {
    const StateId other = language_->step_class(state, run->class_id);
    alive |= other != kDeadState;
    same &= other == next;
  }
  if (!fuel().take(1 + num_runs / 16) || !alive) return kDeadState;
  if (!same) return intern({state, false, rest, first, last});
  const char32_t base = first >> (6 * rest) << (6 * rest);
  return intern({next, true, rest, first - base, last - base});
}

StateId TextAutomaton::intern(const Inside& state) {
  const auto [entry, is_new] = ids_.try_emplace(state, StateId(language_->num_states() + insides_.size()));
  if (is_new) insides_.push_back(state);
  return entry->second;
}

StateId TextAutomaton::most_common_next(StateId state) const {
  std::unordered_map<StateId, size_t> sizes;
  std::pair<size_t, StateId> largest{0, kDeadState};
  language_->for_each_edge(state, [&](uint32_t class_id, StateId next) {
    size_t& size = sizes[next];
    size += language_->alphabet().ascii(class_id).count() + language_->alphabet().is_beyond_ascii(class_id);
    largest = std::max(largest, std::pair(size, next));
  });
  return largest.second;
}

/// Of a state, and of those behind it that have none yet.
void TextAutomaton::find_runs(StateId state) {
  runs_.resize(language_->num_states());
  std::vector<StateId> chain;
  for (; !runs_[state].known; state = runs_[state].next) {
    runs_[state] = {most_common_next(state), 0, true};
    chain.push_back(state);
    if (runs_[state].next == kDeadState) break;
  }
  for (size_t i = chain.size(); i-- > 0;) {
    Run& run = runs_[chain[i]];
    if (run.next == kDeadState || run.next == chain[i]) continue;
    const LoopSet codes = language_->steps_between(chain[i], run.next);
    const Run& behind = runs_[run.next];
    if (behind.count > 0 && language_->steps_between(run.next, behind.next) == codes) {
      run.count = behind.count + 1;
      continue;
    }
    bool dead = true;  // none of them goes on
    language_->for_each_edge(run.next, [&](uint32_t, StateId next) {
      dead = dead && codes.intersected(language_->steps_between(run.next, next)).empty();
    });
    run.count = dead ? 1 : 0;
  }
}

Loop TextAutomaton::loop(StateId state) {
  if (is_inside(state)) return {};
  const Loop loop = language_->loop(state);
  if (language_->goes_on_always(state) && !(loop.set.beyond_ascii && loop.set.ascii.all()))
    return {{.ascii = ~std::bitset<128>(), .beyond_ascii = true}, Loop::kEndless, true};
  if (loop.count != 0) return loop;
  if (runs_.empty() || !runs_[state].known) find_runs(state);
  if (runs_[state].count == 0) return {};
  return {language_->steps_between(state, runs_[state].next), runs_[state].count};
}

void TextAutomaton::keep_only(std::span<StateId> states) {
  const std::vector<Inside> old = std::move(insides_);
  insides_.clear();
  ids_.clear();
  for (StateId& state : states)
    if (is_inside(state)) state = intern(old[state - language_->num_states()]);
}

size_t TextAutomaton::memory_size() const {
  return sizeof(*this) + insides_.capacity() * sizeof(Inside) + runs_.capacity() * sizeof(Run) +
         ids_.size() * (sizeof(Inside) + 24) + ids_.bucket_count() * sizeof(void*);
}

}  // namespace hearth::grammar
