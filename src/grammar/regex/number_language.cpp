#include "grammar/regex/number_language.h"

#include <string_view>
#include <unordered_map>

#include "grammar/regex/decimal.h"
#include "grammar/regex/dfa_table.h"

namespace hearth::grammar {
namespace {

constexpr uint64_t kUnitsForState = 100;

/// Compares a number, read digit by digit without its sign, with a bound that is not below 0.
class Comparison {
 public:
  /// While digits before the point are read: 3 * how many there were + how they compare with as many of the
  /// bound's. Behind the point: kLess, kGreater, or kEqual + the number of digits read.
  using State = uint32_t;
  enum Order : uint32_t { kLess, kGreater, kEqual };

  explicit Comparison(const Decimal& bound) : whole_(bound.integer_part()), fraction_(bound.fraction()) {}

  State start() const { return kEqual; }
  State whole_digit(State state, uint32_t digit) const {
    const uint32_t count = state / 3;
    if (count >= whole_.size()) return (uint32_t(whole_.size()) + 1) * 3 + kGreater;
    return (count + 1) * 3 + next_order(state % 3, digit, uint32_t(whole_[count] - '0'));
  }
  /// Behind the digits before the point.
  State point(State state) const { return whole_order(state); }
  State fraction_digit(State state, uint32_t digit) const {
    if (state < kEqual) return state;
    const uint32_t count = state - kEqual;
    const bool past = count >= fraction_.size();
    const uint32_t order = next_order(kEqual, digit, past ? 0 : uint32_t(fraction_[count] - '0'));
    return order != kEqual ? order : past ? state : state + 1;
  }
  /// How a number that ends here compares; `fraction`: behind its point.
  Order order(State state, bool fraction) const {
    if (!fraction) state = point(state);
    if (state < kEqual) return Order(state);
    return state - kEqual < fraction_.size() ? kLess : kEqual;
  }

 private:
  static uint32_t next_order(uint32_t order, uint32_t digit, uint32_t bound_digit) {
    if (order != kEqual || digit == bound_digit) return order;
    return digit < bound_digit ? kLess : kGreater;
  }
  uint32_t whole_order(State state) const {
    const uint32_t count = state / 3;
    return count == whole_.size() ? state % 3 : count < whole_.size() ? kLess : kGreater;
  }

  std::string whole_, fraction_;
};

struct Bound {
  Decimal value;
  bool exclusive = false;
};

/// The numbers of one sign: bounds of what stands behind it.
struct Side {
  bool possible = true;
  std::optional<Comparison> least, most;
  bool least_exclusive = false, most_exclusive = false;
};

Decimal magnitude(Decimal value) {
  value.negative = false;
  return value;
}

/// `toward_zero` is the bound that keeps numbers of the side from 0, `away` the one that ends them.
Side make_side(bool negative, const std::optional<Bound>& toward_zero, const std::optional<Bound>& away) {
  Side side;
  if (away) {
    const bool beyond = !away->value.is_zero() && away->value.negative != negative;
    if (beyond) side.possible = false;
    side.most.emplace(magnitude(away->value));
    side.most_exclusive = away->exclusive;
  }
  if (toward_zero && (toward_zero->value.is_zero() || toward_zero->value.negative == negative)) {
    side.least.emplace(magnitude(toward_zero->value));
    side.least_exclusive = toward_zero->exclusive;
  }
  return side;
}

/// The remainder of what is read by step = factor * 10^exponent. Above 1, the tens are counted as zeros at
/// the end, so that a step of a million needs seven states.
struct Multiple {
  uint64_t factor = 1;      ///< not a multiple of 10
  uint32_t num_zeros = 0;   ///< that must stand at the end, before the point
  uint32_t num_places = 0;  ///< behind the point, that may be other than 0
};

/// A place in a number, and all that matters of what was read.
struct Place {
  enum Kind : uint8_t { kStart, kSign, kZero, kWhole, kPoint, kFraction };

  Kind kind = kStart;
  bool negative = false;
  uint32_t zeros = 0, places = 0;
  Comparison::State least = Comparison::kEqual, most = Comparison::kEqual;
  uint64_t remainder = 0;

  bool operator==(const Place&) const = default;
};

struct PlaceHash {
  size_t operator()(const Place& place) const {
    uint64_t hash = uint64_t(place.kind) * 2 + place.negative;
    for (const uint64_t part : {uint64_t(place.zeros) << 32 | place.places,
                                uint64_t(place.least) << 32 | place.most, place.remainder}) {
      hash = (hash ^ part) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 31;
    }
    return hash;
  }
};

class NumberBuilder {
 public:
  Status add_bounds(const NumberBounds& bounds, const Limits& limits);
  Status add_multiple(std::string_view text, const Limits& limits);
  void set_integer() { integer_ = true; }
  void set_range(const std::optional<Bound>& lower, const std::optional<Bound>& upper) {
    sides_[0] = make_side(false, lower, upper);
    sides_[1] = make_side(true, upper, lower);
  }
  Result<DfaTable> build(Fuel& fuel) const;

 private:
  std::optional<Place> step(const Place& place, uint8_t byte) const;
  std::optional<Place> digit(const Place& place, uint32_t digit) const;
  std::optional<Place> fraction_digit(Place place, uint32_t digit) const;
  bool accepts(const Place& place) const;
  uint64_t shifted(uint64_t remainder, uint32_t num_tens) const {
    for (; num_tens > 0 && remainder != 0; --num_tens) remainder = remainder * 10 % multiple_.factor;
    return remainder;
  }

  bool integer_ = false, no_point_ = false;
  Multiple multiple_;
  bool has_multiple_ = false;
  Side sides_[2];  ///< [negative]
};

Result<Decimal> parse_bound(std::string_view name, std::string_view text, const Limits& limits) {
  auto value = Decimal::parse(text);
  if (!value) return fail(value.error().code, "{}: {}", name, value.error().message);
  if (value->num_written() > limits.max_dfa_states / 4)
    return fail(ErrorCode::kResourceLimit, "{}: {} has more than {} digits", name, text.substr(0, 40),
                limits.max_dfa_states / 4);
  return value;
}

/// The narrower of an inclusive and an exclusive bound; `sign` is 1 for lower ones.
std::optional<Bound> narrower(const std::optional<Decimal>& inclusive,
                              const std::optional<Decimal>& exclusive, int sign) {
  if (!inclusive && !exclusive) return std::nullopt;
  if (!exclusive) return Bound{*inclusive, false};
  if (!inclusive || compare(*exclusive, *inclusive) * sign >= 0) return Bound{*exclusive, true};
  return Bound{*inclusive, false};
}

Status NumberBuilder::add_bounds(const NumberBounds& bounds, const Limits& limits) {
  std::optional<Decimal> values[4];
  const std::pair<const char*, const std::optional<std::string>*> named[4] = {
      {"minimum", &bounds.minimum},
      {"exclusiveMinimum", &bounds.exclusive_minimum},
      {"maximum", &bounds.maximum},
      {"exclusiveMaximum", &bounds.exclusive_maximum}};
  for (size_t i = 0; i < 4; ++i)
    if (*named[i].second) values[i] = TRY(parse_bound(named[i].first, **named[i].second, limits));
  set_range(narrower(values[0], values[1], 1), narrower(values[2], values[3], -1));
  if (bounds.multiple_of) TRY(add_multiple(*bounds.multiple_of, limits));
  integer_ = bounds.integer;
  no_point_ = bounds.no_point;
  return {};
}

Status NumberBuilder::add_multiple(std::string_view text, const Limits& limits) {
  const Decimal step = TRY(parse_bound("multipleOf", text, limits));
  if (step.is_zero() || step.negative)
    return fail(ErrorCode::kInvalidArgument, "multipleOf: {} is not above 0", text.substr(0, 40));
  if (step.digits.size() > 9)
    return fail(ErrorCode::kResourceLimit, "multipleOf: {} has more than 9 digits", text.substr(0, 40));
  has_multiple_ = true;
  multiple_.factor = std::stoull(step.digits);
  multiple_.num_zeros = uint32_t(std::max<int64_t>(step.exponent, 0));
  multiple_.num_places = uint32_t(std::max<int64_t>(-step.exponent, 0));
  return {};
}

std::optional<Place> NumberBuilder::step(const Place& place, uint8_t byte) const {
  if (byte == '-') {
    if (place.kind != Place::kStart) return std::nullopt;
    return Place{.kind = Place::kSign, .negative = true};
  }
  if (byte == '.') {
    if (no_point_ || (place.kind != Place::kZero && place.kind != Place::kWhole)) return std::nullopt;
    Place next = place;
    next.kind = Place::kPoint;
    const Side& side = sides_[place.negative];
    next.least = side.least ? side.least->point(place.least) : 0;
    next.most = side.most ? side.most->point(place.most) : 0;
    return next;
  }
  return digit(place, byte - uint32_t('0'));
}

std::optional<Place> NumberBuilder::digit(const Place& place, uint32_t digit) const {
  if (place.kind == Place::kZero) return std::nullopt;
  if (place.kind == Place::kPoint || place.kind == Place::kFraction) return fraction_digit(place, digit);
  Place next = place;
  if (place.kind != Place::kWhole) {
    next.zeros = multiple_.num_zeros;
    next.kind = digit == 0 ? Place::kZero : Place::kWhole;
    if (digit == 0) return next;
  }
  const Side& side = sides_[place.negative];
  next.least = side.least ? side.least->whole_digit(place.least, digit) : 0;
  next.most = side.most ? side.most->whole_digit(place.most, digit) : 0;
  if (!has_multiple_) return next;
  if (digit == 0 && next.zeros < multiple_.num_zeros) {
    ++next.zeros;
  } else if (digit == 0) {
    next.remainder = next.remainder * 10 % multiple_.factor;
  } else {
    next.remainder = (shifted(next.remainder, next.zeros + 1) + digit) % multiple_.factor;
    next.zeros = 0;
  }
  if (multiple_.num_zeros == 0) next.zeros = 0;
  return next;
}

std::optional<Place> NumberBuilder::fraction_digit(Place place, uint32_t digit) const {
  if (integer_ && digit != 0) return std::nullopt;
  place.kind = Place::kFraction;
  const Side& side = sides_[place.negative];
  if (side.least) place.least = side.least->fraction_digit(place.least, digit);
  if (side.most) place.most = side.most->fraction_digit(place.most, digit);
  if (!has_multiple_) return place;
  if (place.places == multiple_.num_places) return digit == 0 ? std::optional(place) : std::nullopt;
  ++place.places;
  place.remainder = (place.remainder * 10 + digit) % multiple_.factor;
  return place;
}

bool NumberBuilder::accepts(const Place& place) const {
  if (place.kind != Place::kZero && place.kind != Place::kWhole && place.kind != Place::kFraction)
    return false;
  const bool fraction = place.kind == Place::kFraction;
  const Side& side = sides_[place.negative];
  if (!side.possible) return false;
  if (side.least) {
    const Comparison::Order order = side.least->order(place.least, fraction);
    if (order == Comparison::kLess || (order == Comparison::kEqual && side.least_exclusive)) return false;
  }
  if (side.most) {
    const Comparison::Order order = side.most->order(place.most, fraction);
    if (order == Comparison::kGreater || (order == Comparison::kEqual && side.most_exclusive)) return false;
  }
  if (!has_multiple_) return true;
  return place.zeros == multiple_.num_zeros &&
         shifted(place.remainder, multiple_.num_places - place.places) == 0;
}

Result<DfaTable> NumberBuilder::build(Fuel& fuel) const {
  DfaTable table;
  table.num_classes = uint32_t(NumberLanguage::kBytes.size()) + 1;
  table.start = 1;
  std::unordered_map<Place, StateId, PlaceHash> ids{{Place{}, 1}};
  std::vector<Place> places{Place{}};
  for (size_t i = 0; i < places.size(); ++i) {
    const Place place = places[i];
    for (uint32_t symbol = 0; symbol < NumberLanguage::kBytes.size(); ++symbol) {
      const std::optional<Place> next = step(place, NumberLanguage::kBytes[symbol]);
      if (!next || !sides_[next->negative].possible) continue;
      const auto [entry, is_new] = ids.try_emplace(*next, StateId(places.size() + 1));
      if (is_new) places.push_back(*next);
      table.edges.push_back({symbol + 1, entry->second});
    }
    if (!fuel.take(kUnitsForState))
      return fail(ErrorCode::kResourceLimit, "{} of a number need too many states",
                  has_multiple_ ? "multipleOf and the bounds" : "the bounds");
    table.add_state(accepts(place));
  }
  return minimized(table);
}

}  // namespace

Result<NumberLanguage> NumberLanguage::create(const NumberBounds& bounds, const Limits& limits) {
  Fuel fuel{limits.compile_fuel, false};
  return create(bounds, limits, fuel);
}

Result<NumberLanguage> NumberLanguage::create(const NumberBounds& bounds, const Limits& limits, Fuel& fuel) {
  NumberBuilder builder;
  TRY(builder.add_bounds(bounds, limits));
  return NumberLanguage(TRY(builder.build(fuel)));
}

Result<NumberLanguage> NumberLanguage::equal_to(const std::string& value, const Limits& limits) {
  NumberBounds bounds;
  bounds.minimum = bounds.maximum = value;
  return create(bounds, limits);
}

NumberLanguage::NumberLanguage(const DfaTable& table)
    : start_(table.start),
      next_(table.num_states()),
      accepting_(table.accepting),
      least_rest_(least_rests(table)) {
  for (StateId state = 0; state < table.num_states(); ++state)
    for (const auto& [class_id, next] : table.edges_of(state)) next_[state][class_id - 1] = next;
}

size_t NumberLanguage::memory_size() const {
  return sizeof(*this) + next_.capacity() * sizeof(next_[0]) + least_rest_.capacity() * sizeof(uint32_t) +
         accepting_.capacity() / 8;
}

}  // namespace hearth::grammar
