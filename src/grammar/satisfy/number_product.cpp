#include "grammar/satisfy/number_product.h"

#include <algorithm>
#include <string_view>

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxSearch = 100'000;
constexpr std::string_view kBytes = "0123456789.-";

enum Syntax : uint32_t {
  kNoNumber,
  kBegin,
  kMinus,
  kZero,
  kDigits,
  kPoint,
  kZerosOnly,  ///< behind a point, where another digit must come
  kFraction,
  kExponent,
  kSign,
  kExponentDigits,
};

Syntax step_syntax(uint32_t state, uint8_t byte, bool plain) {
  const bool digit = byte >= '0' && byte <= '9';
  const bool exponent = !plain && (byte == 'e' || byte == 'E');
  switch (state) {
    case kBegin:
      if (byte == '-') return kMinus;
      [[fallthrough]];
    case kMinus:
      return byte == '0' ? kZero : digit ? kDigits : kNoNumber;
    case kZero:
      return byte == '.' ? kPoint : exponent ? kExponent : kNoNumber;
    case kDigits:
      return digit ? kDigits : byte == '.' ? kPoint : exponent ? kExponent : kNoNumber;
    case kPoint:
      return digit ? kFraction : kNoNumber;
    case kZerosOnly:
      return byte == '0' ? kZerosOnly : digit ? kFraction : kNoNumber;
    case kFraction:
      return digit ? kFraction : exponent ? kExponent : kNoNumber;
    case kExponent:
      if (byte == '+' || byte == '-') return kSign;
      [[fallthrough]];
    case kSign:
    case kExponentDigits:
      return digit ? kExponentDigits : kNoNumber;
    default:
      return kNoNumber;
  }
}

bool is_whole(uint32_t state) {
  return state == kZero || state == kDigits || state == kFraction || state == kExponentDigits;
}

}  // namespace

NumberProduct::NumberProduct(std::vector<const NumberLanguage*> languages)
    : languages_(std::move(languages)) {
  std::vector<uint32_t> tuple{kBegin};
  for (const NumberLanguage* language : languages_) tuple.push_back(language->start());
  start_ = states_.intern(tuple);
}

NumberProduct::State NumberProduct::step(State state, uint8_t byte) {
  const std::span<const uint32_t> tuple = states_.at(state);
  const Syntax syntax = step_syntax(tuple[0], byte, !languages_.empty());
  if (syntax == kNoNumber) return kNoState;
  uint32_t inline_next[16];
  std::vector<uint32_t> long_next;
  uint32_t* next = inline_next;
  if (tuple.size() > std::size(inline_next)) {
    long_next.resize(tuple.size());
    next = long_next.data();
  }
  next[0] = syntax;
  for (size_t i = 1; i < tuple.size(); ++i)
    next[i] = tuple[i] == kDeadState ? kDeadState : languages_[i - 1]->step(tuple[i], byte);
  return states_.intern({next, tuple.size()});
}

bool NumberProduct::is_complete(State state) const { return is_whole(states_.at(state)[0]); }

bool NumberProduct::accepts(State state, uint32_t language) const {
  const StateId part = states_.at(state)[1 + language];
  return part != kDeadState && languages_[language]->accepts(part);
}

bool NumberProduct::satisfies(std::span<const uint32_t> tuple, const NumberWish& wish) const {
  if (!is_whole(tuple[0])) return false;
  for (const uint32_t i : wish.in)
    if (tuple[1 + i] == kDeadState || !languages_[i]->accepts(tuple[1 + i])) return false;
  for (const uint32_t i : wish.not_in)
    if (tuple[1 + i] != kDeadState && languages_[i]->accepts(tuple[1 + i])) return false;
  return true;
}

bool NumberProduct::can_satisfy(const NumberWish& wish, State state) {
  const std::span<const uint32_t> tuple = states_.at(state);
  std::vector<uint32_t> key{tuple[0]};
  for (const uint32_t i : wish.in) {
    if (tuple[1 + i] == kDeadState) return false;
    key.insert(key.end(), {2 * i, tuple[1 + i]});
  }
  bool refutes = false;
  for (const uint32_t i : wish.not_in) {
    if (tuple[1 + i] == kDeadState) continue;
    key.insert(key.end(), {2 * i + 1, tuple[1 + i]});
    refutes = true;
  }
  if (!refutes && wish.in.size() <= 1) return true;
  const uint32_t id = searches_.intern(key);
  if (id == answers_.size()) answers_.push_back(search(wish, state, tuple[0]));
  return answers_[id] != 0;
}

uint64_t NumberProduct::least_rest(const NumberWish& wish, State state) const {
  const std::span<const uint32_t> tuple = states_.at(state);
  uint64_t least = is_whole(tuple[0]) ? 0 : 1;
  for (const uint32_t i : wish.in) {
    if (tuple[1 + i] == kDeadState) return UINT64_MAX;
    least = std::max<uint64_t>(least, languages_[i]->least_rest(tuple[1 + i]));
  }
  return least;
}

bool NumberProduct::can_have_fraction(const NumberWish& wish, State state) {
  const std::span<const uint32_t> tuple = states_.at(state);
  std::vector<uint32_t> key{kZerosOnly};
  for (const uint32_t i : wish.in) key.insert(key.end(), {2 * i, tuple[1 + i]});
  for (const uint32_t i : wish.not_in) key.insert(key.end(), {2 * i + 1, tuple[1 + i]});
  const uint32_t id = searches_.intern(key);
  if (id == answers_.size()) answers_.push_back(search(wish, state, kZerosOnly));
  return answers_[id] != 0;
}

bool NumberProduct::search(const NumberWish& wish, State state, uint32_t syntax) {
  ListPool met;
  std::vector<uint32_t> tuple(states_.at(state).begin(), states_.at(state).end());
  tuple[0] = syntax;
  std::vector<uint32_t> next(tuple.size(), kDeadState);
  met.intern(tuple);
  uint32_t steps = 0;
  for (uint32_t id = 0; id < met.size(); ++id) {
    tuple.assign(met.at(id).begin(), met.at(id).end());
    if (satisfies(tuple, wish)) return true;
    for (const char byte : kBytes) {
      if (++steps > kMaxSearch) return true;
      next[0] = step_syntax(tuple[0], uint8_t(byte), true);
      bool dead = next[0] == kNoNumber;
      for (const uint32_t i : wish.in) {
        next[1 + i] = dead ? kDeadState : languages_[i]->step(tuple[1 + i], uint8_t(byte));
        dead = dead || next[1 + i] == kDeadState;
      }
      if (dead) continue;
      for (const uint32_t i : wish.not_in)
        next[1 + i] =
            tuple[1 + i] == kDeadState ? kDeadState : languages_[i]->step(tuple[1 + i], uint8_t(byte));
      met.intern(next);
    }
  }
  return false;
}

}  // namespace hearth::grammar
