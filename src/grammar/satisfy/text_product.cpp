#include "grammar/satisfy/text_product.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxSearch = 20'000;  // steps of one search
constexpr size_t kMaxTried = 256;        // code points of a language whose classes are not known

/// Visits each, as far as they are few.
bool visit_all(CodePointSpan span, FunctionRef<bool(char32_t)> visit) {
  if (span.last - span.first >= kMaxTried) return true;
  for (char32_t c = span.first; c <= span.last; ++c)
    if (visit(c)) return true;
  return false;
}

}  // namespace

/// Languages at their states, and the lengths that are still missing.
struct TextProduct::Search {
  std::vector<Part> in, not_in;
  uint64_t least, most;
};

TextProduct::TextProduct(std::vector<TextDfaPtr> regular, std::vector<TextLanguage*> made)
    : regular_(std::move(regular)), made_(std::move(made)) {
  std::vector<uint32_t> parts;
  for (uint32_t i = 0; i < num_languages(); ++i) {
    const StateId state = is_regular(i) ? regular_[i]->start() : made_[i - regular_.size()]->start();
    if (state != kDeadState) parts.insert(parts.end(), {i, state});
  }
  start_ = states_.intern(parts);
}

TextProduct::State TextProduct::step(State state, char32_t code_point) {
  const std::span<const uint32_t> parts = states_.at(state);
  if (parts.empty()) return state;
  uint32_t inline_next[16];
  std::vector<uint32_t> long_next;
  uint32_t* next = inline_next;
  if (parts.size() > std::size(inline_next)) {
    long_next.resize(parts.size());
    next = long_next.data();
  }
  size_t size = 0;
  for (size_t i = 0; i < parts.size(); i += 2) {
    const uint32_t language = parts[i];
    const StateId stepped = is_regular(language)
                                ? std::as_const(*regular_[language]).step(parts[i + 1], code_point)
                                : made_[language - regular_.size()]->step(parts[i + 1], code_point);
    if (stepped == kDeadState) continue;
    next[size++] = language;
    next[size++] = stepped;
  }
  return states_.intern({next, size});
}

std::optional<TextProduct::MadePart> TextProduct::sole_made(const TextWish& wish, State state,
                                                            uint64_t length) const {
  if (wish.in.size() != 1 || !wish.not_in.empty() || wish.least > length || wish.most != UINT64_MAX) {
    return std::nullopt;
  }
  const uint32_t language = wish.in[0];
  if (is_regular(language)) return std::nullopt;
  const StateId part = state_of(state, language);
  if (part == kDeadState) return std::nullopt;
  return MadePart{made_[language - regular_.size()], part};
}

bool TextProduct::can_always_satisfy(const TextWish& wish, State state) const {
  if (!wish.not_in.empty() || wish.in.size() > 1 || wish.most != UINT64_MAX) return false;
  return std::ranges::all_of(wish.in, [&](uint32_t language) { return goes_on_always(state, language); });
}

bool TextProduct::goes_on_always(State state, uint32_t language) const {
  return is_regular(language) && regular_[language]->goes_on_always(state_of(state, language));
}

bool TextProduct::is_sole_regular(const TextWish& wish, uint64_t length) const {
  return wish.not_in.empty() && wish.in.size() <= 1 && wish.least <= length && wish.most == UINT64_MAX &&
         std::ranges::all_of(wish.in, [&](uint32_t language) { return is_regular(language); });
}

std::optional<TextProduct::State> TextProduct::step_all(State state, CodePointSpan span) {
  const std::span<const uint32_t> parts = states_.at(state);
  std::vector<uint32_t> next;
  for (size_t i = 0; i < parts.size(); i += 2) {
    if (!is_regular(parts[i])) return std::nullopt;
    const TextDfa& language = *regular_[parts[i]];
    const auto runs = language.alphabet().runs();
    auto run = std::prev(std::ranges::upper_bound(runs, span.first, {}, &Alphabet::Run::first));
    std::optional<StateId> stepped;
    for (; run != runs.end() && run->first <= span.last; ++run) {
      if (run->class_id == Alphabet::kNoClass) continue;
      const StateId to = language.step_class(parts[i + 1], run->class_id);
      if (stepped.value_or(to) != to) return std::nullopt;
      stepped = to;
    }
    if (stepped && *stepped != kDeadState) next.insert(next.end(), {parts[i], *stepped});
  }
  return states_.intern(next);
}

uint32_t TextProduct::alike_depth(State a, State b) const {
  const std::span<const uint32_t> parts = states_.at(a), others = states_.at(b);
  if (parts.size() != others.size()) return 0;
  uint32_t depth = UINT32_MAX;
  for (size_t i = 0; i < parts.size() && depth > 0; i += 2) {
    if (parts[i] != others[i]) return 0;
    if (parts[i + 1] == others[i + 1]) continue;
    depth = is_regular(parts[i])
                ? std::min(depth, regular_[parts[i]]->alike_depth(parts[i + 1], others[i + 1]))
                : 0;
  }
  return depth;
}

const ByteGroups* TextProduct::groups() {
  if (!made_.empty()) return nullptr;
  if (groups_) return groups_.get();
  groups_ = std::make_unique<ByteGroups>();
  const auto runs = joint().runs();
  std::vector<uint8_t> of_class(joint().num_classes());
  uint8_t num_groups = 1;
  auto run = runs.begin();
  for (char32_t c = 0; c < 128; ++c) {
    while (std::next(run) != runs.end() && std::next(run)->first <= c) ++run;
    if (c < 0x20) {
      (*groups_)[c] = 1;  // dead as they are
    } else if (c != '"' && c != '\\') {
      uint8_t& group = of_class[run->joint];
      if (group == 0) group = ++num_groups;
      (*groups_)[c] = group;
    }
  }
  return groups_.get();
}

StateId TextProduct::state_of(State state, uint32_t language) const {
  const std::span<const uint32_t> parts = states_.at(state);  // by language
  size_t first = 0, last = parts.size() / 2;
  while (first < last) {
    const size_t middle = (first + last) / 2;
    if (parts[2 * middle] < language)
      first = middle + 1;
    else
      last = middle;
  }
  return 2 * first < parts.size() && parts[2 * first] == language ? parts[2 * first + 1] : kDeadState;
}

bool TextProduct::accepts(State state, uint32_t language) const {
  const StateId part = state_of(state, language);
  if (part == kDeadState) return false;
  return is_regular(language) ? regular_[language]->accepts(part)
                              : made_[language - regular_.size()]->accepts(part);
}

bool TextProduct::accepts_all(uint32_t language, StateId state) const {
  return is_regular(language) ? regular_[language]->accepts_all(state)
                              : made_[language - regular_.size()]->accepts_all(state);
}

const JointAlphabet& TextProduct::joint() {
  if (!joint_) {
    std::vector<const Alphabet*> alphabets;
    for (const TextDfaPtr& language : regular_) alphabets.push_back(&language->alphabet());
    joint_ = std::make_unique<JointAlphabet>(alphabets);
  }
  return *joint_;
}

std::span<const char32_t> TextProduct::representatives(std::span<const uint32_t> languages) {
  const uint32_t id = language_sets_.intern(languages);
  if (id == representatives_.size()) {
    std::vector<const Alphabet*> alphabets;
    for (const uint32_t language : languages) alphabets.push_back(&regular_[language]->alphabet());
    const JointAlphabet alphabet(alphabets);
    std::vector<char32_t> code_points;
    for (uint32_t c = 0; c < alphabet.num_classes(); ++c) code_points.push_back(alphabet.representative(c));
    representatives_.push_back(std::move(code_points));
  }
  return representatives_[id];
}

bool TextProduct::visit_classes(State state, CodePointSpan span, FunctionRef<bool(char32_t)> visit) {
  if (span.empty()) return false;
  if (states_.at(state).empty()) return visit(span.first);
  return made_.empty() ? visit_regular(span, visit) : visit_all(span, visit);
}

bool TextProduct::visit_regular(CodePointSpan span, FunctionRef<bool(char32_t)> visit) {
  const auto runs = joint().runs();
  auto run = std::ranges::upper_bound(runs, span.first, {}, &JointAlphabet::Run::first);
  std::vector<bool> seen(joint().num_classes());
  for (--run; run != runs.end() && run->first <= span.last; ++run) {
    if (run->joint == JointAlphabet::kSurrogates || seen[run->joint]) continue;
    seen[run->joint] = true;
    if (visit(std::max(run->first, span.first))) return true;
  }
  return false;
}

bool TextProduct::may_step(const TextWish& wish, State state, uint64_t length, CodePointSpan span) {
  if (span.empty() || length >= wish.most) return false;
  const auto can_follow = [&](char32_t code_point) {
    return can_satisfy(wish, step(state, code_point), length + 1);
  };
  for (const uint32_t language : wish.in) {
    const StateId part = state_of(state, language);
    if (part == kDeadState) return false;
    if (is_regular(language)) continue;
    TextLanguage& made = *made_[language - regular_.size()];
    if (const auto known = made.visit_steps(part, span.first, span.last, can_follow)) return *known;
  }
  const bool is_regular_wish = std::ranges::all_of(wish.in, [&](uint32_t i) { return is_regular(i); }) &&
                               std::ranges::all_of(wish.not_in, [&](uint32_t i) { return is_regular(i); });
  return is_regular_wish ? visit_regular(span, can_follow) : visit_all(span, can_follow);
}

Loop TextProduct::loop(State state) {
  if (state >= loops_.size()) loops_.resize(states_.size());
  if (!loops_[state]) loops_[state] = find_loop(state);
  return *loops_[state];
}

Loop TextProduct::find_loop(State state) const {
  Loop loop{{.ascii = ~std::bitset<128>(), .beyond_ascii = true}, Loop::kEndless};
  const std::span<const uint32_t> parts = states_.at(state);
  for (size_t i = 0; i < parts.size(); i += 2) {
    const uint32_t language = parts[i];
    const Loop one = is_regular(language) ? regular_[language]->loop(parts[i + 1])
                                          : made_[language - regular_.size()]->loop(parts[i + 1]);
    if (one.count == 0) return {};
    loop.set = loop.set.intersected(one.set);
  }
  return loop;
}

bool TextProduct::can_satisfy(const TextWish& wish, State state, uint64_t length) {
  if (length > wish.most) return false;
  Search search{{},
                {},
                wish.least > length ? wish.least - length : 0,
                wish.most == UINT64_MAX ? UINT64_MAX : wish.most - length};
  if (search.least > search.most) return false;
  bool knows = true;
  for (const uint32_t language : wish.in) {
    const StateId part = state_of(state, language);
    if (part == kDeadState) return false;
    if (accepts_all(language, part)) continue;
    search.in.push_back({language, part});
    knows = knows && is_regular(language);
  }
  for (const uint32_t language : wish.not_in) {
    const StateId part = state_of(state, language);
    if (part == kDeadState) continue;
    if (accepts_all(language, part)) return false;
    search.not_in.push_back({language, part});
    knows = knows && is_regular(language);
  }
  if (search.in.empty() && search.not_in.empty()) return true;
  if (!knows) return may_satisfy(search);
  if (search.in.size() == 1 && search.not_in.empty()) {
    const Part& part = search.in[0];
    if (const auto answer = judge_one(*regular_[part.language], part.state, search.least, search.most))
      return *answer;
  }
  std::vector<uint32_t> key;
  for (const Part& part : search.in) key.insert(key.end(), {part.language, part.state});
  key.push_back(UINT32_MAX);
  for (const Part& part : search.not_in) key.insert(key.end(), {part.language, part.state});
  for (const uint64_t number : {search.least, search.most})
    key.insert(key.end(), {uint32_t(number), uint32_t(number >> 32)});
  const uint32_t id = searches_.intern(key);
  if (id == answers_.size()) answers_.push_back(this->search(search));
  return answers_[id] != 0;
}

bool TextProduct::goes_on_endlessly(State state) const {
  const std::span<const uint32_t> parts = states_.at(state);
  if (num_languages() == 0) return true;
  for (size_t i = 0; i < parts.size(); i += 2)
    if (is_regular(parts[i]) && !regular_[parts[i]]->longest_rest(parts[i + 1])) return true;
  return false;
}

uint64_t TextProduct::least_rest(const TextWish& wish, State state) const {
  uint64_t least = 0;
  for (const uint32_t language : wish.in) {
    const StateId part = state_of(state, language);
    if (part == kDeadState) return UINT64_MAX;
    if (is_regular(language)) least = std::max<uint64_t>(least, regular_[language]->least_rest(part));
  }
  return least;
}

bool TextProduct::may_satisfy(const Search& search) {
  if (search.least == 0 && search.most == UINT64_MAX) return true;
  return std::ranges::all_of(search.in, [&](const Part& part) {
    return is_regular(part.language) ||
           made_[part.language - regular_.size()]->may_end_within(part.state, search.least, search.most);
  });
}

std::optional<bool> TextProduct::judge_one(const TextDfa& language, StateId state, uint64_t least,
                                           uint64_t most) const {
  const uint64_t shortest = language.least_rest(state);
  if (shortest > most) return false;
  if (shortest >= least) return true;
  const std::optional<uint32_t> longest = language.longest_rest(state);
  if (longest && *longest < least) return false;
  if (most == UINT64_MAX) return true;
  return std::nullopt;
}

bool TextProduct::search(const Search& search) {
  std::vector<uint32_t> languages;
  std::vector<uint32_t> first;
  for (const Part& part : search.in) {
    languages.push_back(part.language);
    first.push_back(part.state);
  }
  for (const Part& part : search.not_in) {
    languages.push_back(part.language);
    first.push_back(part.state);
  }
  const std::span<const char32_t> code_points = representatives(languages);
  const size_t num_in = search.in.size();
  const auto accepts = [&](std::span<const uint32_t> tuple) {
    for (size_t i = 0; i < tuple.size(); ++i) {
      const bool in = tuple[i] != kDeadState && regular_[languages[i]]->accepts(tuple[i]);
      if (in != (i < num_in)) return false;
    }
    return true;
  };
  // Layer by layer, all tuples at one distance. Once the least length is reached, a tuple that was met
  // before leads nowhere new; until then only its layer counts.
  ListPool tuples;
  std::vector<uint32_t> layer{tuples.intern(first)};
  std::vector<uint64_t> met_at;  // by tuple: 1 + the last layer it was in
  std::vector<uint32_t> tuple, next_tuple(languages.size());
  uint32_t steps = 0;
  for (uint64_t distance = 0; !layer.empty() && distance <= search.most; ++distance) {
    std::vector<uint32_t> next_layer;
    for (const uint32_t id : layer) {
      tuple.assign(tuples.at(id).begin(), tuples.at(id).end());
      const bool is_end = accepts(tuple);
      if (is_end && distance >= search.least) return true;
      for (const char32_t code_point : code_points) {
        if (++steps > kMaxSearch) return true;
        bool dead = false;
        for (size_t i = 0; i < tuple.size() && !dead; ++i) {
          next_tuple[i] = tuple[i] == kDeadState
                              ? kDeadState
                              : std::as_const(*regular_[languages[i]]).step(tuple[i], code_point);
          dead = i < num_in
                     ? next_tuple[i] == kDeadState
                     : next_tuple[i] != kDeadState && regular_[languages[i]]->accepts_all(next_tuple[i]);
        }
        if (dead) continue;
        if (is_end && next_tuple == tuple) return true;  // can be made as long as is wanted
        const uint32_t next = tuples.intern(next_tuple);
        met_at.resize(tuples.size(), 0);
        const bool met =
            distance + 1 > search.least ? met_at[next] > search.least : met_at[next] == distance + 2;
        if (met) continue;
        met_at[next] = distance + 2;
        next_layer.push_back(next);
      }
    }
    layer = std::move(next_layer);
  }
  return false;
}

size_t TextProduct::memory_size() const {
  return states_.memory_size() + searches_.memory_size() + answers_.capacity() +
         loops_.capacity() * sizeof(std::optional<Loop>);
}

}  // namespace hearth::grammar
