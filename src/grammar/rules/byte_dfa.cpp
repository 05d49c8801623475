#include "grammar/rules/byte_dfa.h"

#include <algorithm>

#include "grammar/control_token.h"

namespace hearth::grammar {
namespace {

using State = ByteDfa::State;
using Row = std::array<State, 256>;

/// The states that `state` leads to, without the dead one, each once.
std::vector<State> successors(const Row& row) {
  std::vector<State> found(row.begin(), row.end());
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  if (!found.empty() && found.front() == ByteDfa::kDead) found.erase(found.begin());
  return found;
}

/// Those from which a state that accepts is reached.
std::vector<bool> living(const std::vector<Row>& next, const std::vector<bool>& accepts) {
  std::vector<std::vector<State>> sources(next.size());
  for (size_t state = 0; state < next.size(); ++state) {
    for (const State target : successors(next[state])) sources[target].push_back(State(state));
  }
  std::vector<bool> alive = accepts;
  std::vector<State> work;
  for (size_t state = 0; state < next.size(); ++state) {
    if (alive[state]) work.push_back(State(state));
  }
  while (!work.empty()) {
    const State target = work.back();
    work.pop_back();
    for (const State source : sources[target]) {
      if (alive[source]) continue;
      alive[source] = true;
      work.push_back(source);
    }
  }
  return alive;
}

/// Makes the automaton of a set of code points from its end: states behind a lead byte are equal where the
/// same continuations may follow.
class CodePointDfaBuilder {
 public:
  ByteDfa build(const CodePointSet& set) {
    next_ = {{}, {}, {}};
    const auto& ranges = set.ranges();
    for (const auto& range : clip(ranges, 0, 0x7F)) {
      for (char32_t c = range.first; c <= range.last; ++c) next_[ByteDfa::kStart][c] = kEnd;
    }
    add_leads(ranges, 0x80, 0x7FF, 0xC0, 1);
    add_leads(ranges, 0x800, 0xFFFF, 0xE0, 2);
    add_leads(ranges, 0x10000, kMaxCodePoint, 0xF0, 3);
    std::vector<bool> accepts(next_.size());
    accepts[kEnd] = true;
    return {std::move(next_), std::move(accepts)};
  }

 private:
  static constexpr State kEnd = 2;
  using Ranges = std::vector<CodePointRange>;
  struct Made {
    uint32_t continuations;
    Ranges ranges;
    State state;
  };

  static Ranges clip(const Ranges& ranges, char32_t first, char32_t last) {
    Ranges clipped;
    auto it = std::ranges::lower_bound(ranges, first, {}, &CodePointRange::last);
    for (; it != ranges.end() && it->first <= last; ++it) {
      clipped.push_back({std::max(it->first, first) - first, std::min(it->last, last) - first});
    }
    return clipped;
  }

  void add_leads(const Ranges& ranges, char32_t first, char32_t last, uint8_t mark, uint32_t continuations) {
    const char32_t span = char32_t(1) << (6 * continuations);
    for (char32_t base = first / span * span; base <= last; base += span) {
      // Below `first` would be an overlong form.
      const Ranges under = clip(clip_below(ranges, first), base, base + span - 1);
      next_[ByteDfa::kStart][mark + base / span] = behind(continuations, under);
    }
  }

  static Ranges clip_below(Ranges ranges, char32_t first) {
    std::erase_if(ranges, [&](const auto& range) { return range.last < first; });
    if (!ranges.empty()) ranges[0].first = std::max(ranges[0].first, first);
    return ranges;
  }

  /// The state where `continuations` bytes follow that spell an offset in `ranges`. Three deep at most.
  State behind(uint32_t continuations, const Ranges& ranges) {
    if (ranges.empty()) return ByteDfa::kDead;
    if (continuations == 0) return kEnd;
    for (const Made& made : made_) {
      if (made.continuations == continuations && made.ranges == ranges) return made.state;
    }
    Row row{};
    const char32_t span = char32_t(1) << (6 * (continuations - 1));
    for (char32_t i = 0; i < 64; ++i) {
      row[0x80 + i] = behind(continuations - 1, clip(ranges, i * span, (i + 1) * span - 1));
    }
    const State state = State(next_.size());
    next_.push_back(row);
    made_.push_back({continuations, ranges, state});
    return state;
  }

  std::vector<Row> next_;
  std::vector<Made> made_;
};

/// Where in a character one is: what must follow, by the table 3-7 of the Unicode standard.
enum Utf8State : uint8_t {
  kBetween,
  kOneMore,
  kTwoMore,
  kThreeMore,
  kAfterE0,
  kAfterEd,
  kAfterF0,
  kAfterF4,
  kBad
};

Utf8State utf8_lead(uint8_t byte) {
  if (byte < 0x80) return kBetween;
  if (byte < 0xC2 || byte > 0xF4) return kBad;
  if (byte < 0xE0) return kOneMore;
  if (byte == 0xE0) return kAfterE0;
  if (byte == 0xED) return kAfterEd;
  if (byte < 0xF0) return kTwoMore;
  if (byte == 0xF0) return kAfterF0;
  return byte == 0xF4 ? kAfterF4 : kThreeMore;
}

Utf8State utf8_step(Utf8State state, uint8_t byte) {
  if (state == kBetween) return utf8_lead(byte);
  uint8_t first = 0x80, last = 0xBF;
  if (state == kAfterE0) first = 0xA0;
  if (state == kAfterEd) last = 0x9F;
  if (state == kAfterF0) first = 0x90;
  if (state == kAfterF4) last = 0x8F;
  if (byte < first || byte > last) return kBad;
  if (state == kOneMore) return kBetween;
  if (state == kTwoMore || state == kAfterE0 || state == kAfterEd) return kOneMore;
  return kTwoMore;
}

constexpr uint32_t kNothing = UINT32_MAX;

/// The trie of the excluded texts with its links to the longest suffix, made whole: `next` of every byte.
struct SuffixTrie {
  std::vector<std::array<uint32_t, 256>> next;
  std::vector<uint32_t> found;  ///< the longest of the texts that end here, or kNothing
};

SuffixTrie make_suffix_trie(std::span<const std::string> texts) {
  SuffixTrie trie{{{}}, {kNothing}};
  for (uint32_t i = 0; i < texts.size(); ++i) {
    uint32_t node = 0;
    for (const char c : texts[i]) {
      if (trie.next[node][uint8_t(c)] == 0) {
        trie.next[node][uint8_t(c)] = uint32_t(trie.next.size());
        trie.next.push_back({});
        trie.found.push_back(kNothing);
      }
      node = trie.next[node][uint8_t(c)];
    }
    if (trie.found[node] == kNothing) trie.found[node] = i;
  }
  std::vector<uint32_t> suffix(trie.next.size());
  std::vector<uint32_t> order = {0};  // shorter ones first, so that a suffix is complete before it is used
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t node = order[i];
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t child = trie.next[node][byte];
      const uint32_t other = node == 0 ? 0 : trie.next[suffix[node]][byte];
      if (child == 0) {
        trie.next[node][byte] = other;
        continue;
      }
      suffix[child] = other;
      if (trie.found[child] == kNothing) trie.found[child] = trie.found[other];
      order.push_back(child);
    }
  }
  return trie;
}

/// The product of a SuffixTrie and of UTF-8.
class TextDfaBuilder {
 public:
  /// Without markers nothing ends the text.
  TextDfaBuilder(std::span<const std::string> markers, std::span<const std::string> excluded,
                 const Limits& limits)
      : texts_(markers.begin(), markers.end()),
        num_markers_(markers.size()),
        max_states_(std::min<size_t>(limits.max_dfa_states, UINT16_MAX)) {
    texts_.insert(texts_.end(), excluded.begin(), excluded.end());
  }

  Result<ByteDfa> build() {
    size_t size = 0;
    for (const std::string& text : texts_) {
      if (text.empty()) return fail(ErrorCode::kInvalidArgument, "a marker of free text is empty");
      size += text.size();
    }
    if (size > max_states_) return too_large();
    trie_ = make_suffix_trie(texts_);
    ids_.assign(trie_.next.size(), {});
    next_.resize(2);
    places_.resize(2);
    if (has_end()) {
      next_.resize(3);
      places_.resize(3);
    }
    ids_[0][kBetween] = ByteDfa::kStart;
    places_[ByteDfa::kStart] = {0, kBetween};
    for (size_t state = ByteDfa::kStart; state < places_.size(); ++state) {
      if (places_.size() + 256 > max_states_) return too_large();
      if (places_[state].utf8 != kBad) fill_row(State(state));
    }
    std::vector<bool> accepts(places_.size());
    for (size_t state = ByteDfa::kStart; state < places_.size(); ++state) {
      accepts[state] = has_end() ? state == kEnd : places_[state].utf8 == kBetween;
    }
    return ByteDfa(std::move(next_), std::move(accepts));
  }

 private:
  static constexpr State kEnd = 2;
  struct Place {
    uint32_t node = 0;
    Utf8State utf8 = kBad;
  };

  bool has_end() const { return num_markers_ > 0; }

  static std::unexpected<Error> too_large() {
    return fail(ErrorCode::kResourceLimit, "the markers of free text are too long together");
  }

  void fill_row(State state) {
    const Place from = places_[state];
    for (size_t byte = 0; byte < 256; ++byte) {
      const Utf8State utf8 = utf8_step(from.utf8, uint8_t(byte));
      const uint32_t node = trie_.next[from.node][byte];
      if (utf8 == kBad) continue;
      next_[state][byte] = target(node, utf8);
    }
  }

  State target(uint32_t node, Utf8State utf8) {
    if (const uint32_t found = trie_.found[node]; found != kNothing) {
      return found < num_markers_ ? kEnd : ByteDfa::kDead;
    }
    State& id = ids_[node][utf8];
    if (id == ByteDfa::kDead) {
      id = State(places_.size());
      places_.push_back({node, utf8});
      next_.push_back({});
    }
    return id;
  }

  std::vector<std::string> texts_;  ///< the markers, then the excluded
  size_t num_markers_;
  size_t max_states_;
  SuffixTrie trie_;
  std::vector<Place> places_;
  std::vector<std::array<State, kBad>> ids_;
  std::vector<Row> next_;
};

}  // namespace

ByteDfa::ByteDfa(std::vector<std::array<State, 256>> next, std::vector<bool> accepts)
    : next_(std::move(next)), accepts_(std::move(accepts)), goes_on_(next_.size()) {
  const std::vector<bool> alive = living(next_, accepts_);
  for (size_t state = 0; state < next_.size(); ++state) {
    for (State& target : next_[state]) {
      if (!alive[target]) target = kDead;
      if (target != kDead) goes_on_[state] = true;
    }
  }
}

ByteDfa code_point_dfa(const CodePointSet& set) { return CodePointDfaBuilder().build(set); }

Result<ByteDfa> free_text_dfa(std::span<const std::string> excluded, const Limits& limits) {
  return TextDfaBuilder({}, excluded, limits).build();
}

Result<ByteDfa> text_until_dfa(std::span<const std::string> markers, std::span<const std::string> excluded,
                               const Limits& limits) {
  return TextDfaBuilder(markers, excluded, limits).build();
}

ByteDfa other_control_token_dfa(std::span<const uint32_t> excluded) {
  // The first state behind the mark and each prefix of an excluded id have a state of their own; the others
  // only count the bytes that are missing.
  constexpr State kEnd = 2, kOneLeft = 3, kTwoLeft = 4, kMarked = 5;
  std::vector<Row> next(6);
  auto fill = [&](State state, State target) { next[state].fill(target); };
  fill(kOneLeft, kEnd);
  fill(kTwoLeft, kOneLeft);
  fill(kMarked, kTwoLeft);
  next[ByteDfa::kStart][kControlTokenByte] = kMarked;
  for (const uint32_t id : excluded) {
    State state = kMarked;
    for (const int shift : {16, 8}) {
      const uint8_t byte = uint8_t(id >> shift);
      const State other = shift == 16 ? kTwoLeft : kOneLeft;
      if (next[state][byte] == other) {
        next[state][byte] = State(next.size());
        next.push_back(next[other]);
      }
      state = next[state][byte];
    }
    next[state][uint8_t(id)] = ByteDfa::kDead;
  }
  std::vector<bool> accepts(next.size());
  accepts[kEnd] = true;
  return {std::move(next), std::move(accepts)};
}

}  // namespace hearth::grammar
