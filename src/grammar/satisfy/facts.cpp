#include "grammar/satisfy/facts.h"

#include <algorithm>

namespace hearth::grammar {

Facts::Facts(const Shape& shape)
    : seen(make_bits(shape.keys.size())),
      failed(make_bits(shape.num_failures())),
      contains(shape.contains.size(), 0) {}

Facts::Facts(const Shape& shape, std::span<const uint32_t> list) : Facts(shape) {
  const auto take = [&] {
    const uint32_t number = list.front();
    list = list.subspan(1);
    return number;
  };
  count = take();
  repeats = (list.front() & 1) != 0;
  order = take() >> 1;
  for (auto* part : {&seen, &failed, &contains})
    for (uint32_t& number : *part) number = take();
  others.resize(take());
  for (uint32_t& number : others) number = take();
  uncertain.resize(take());
  for (auto& [rule, cover] : uncertain) {
    rule = take();
    cover = take();
  }
  values.assign(list.begin(), list.end());
}

void Facts::write(std::vector<uint32_t>& list) const {
  list.clear();
  list.insert(list.end(), {count, order << 1 | uint32_t(repeats)});
  for (const auto* part : {&seen, &failed, &contains}) list.insert(list.end(), part->begin(), part->end());
  list.push_back(uint32_t(others.size()));
  list.insert(list.end(), others.begin(), others.end());
  list.push_back(uint32_t(uncertain.size()));
  for (const auto& [rule, cover] : uncertain) list.insert(list.end(), {rule, cover});
  list.insert(list.end(), values.begin(), values.end());
}

void Facts::add_count(const Shape& shape) {
  const uint64_t most = std::max<uint64_t>(shape.max_count, shape.num_prefix_items);
  if (count < most && count < UINT32_MAX) ++count;
}

namespace {

Truth at_least(uint64_t count, uint64_t bound, bool ended) {
  return count >= bound ? Truth::kYes : ended ? Truth::kNo : Truth::kOpen;
}

Truth unless(bool failed, bool ended) { return failed ? Truth::kNo : ended ? Truth::kYes : Truth::kOpen; }

/// Whether another cover has evaluated whatever the rule does not take.
Truth evaluated(const Shape& shape, const Facts& facts, const ListPool& covers, uint32_t rule, bool ended,
                std::span<const Truth> values) {
  bool open = !ended;
  for (const auto& [other, cover] : facts.uncertain) {
    if (other != rule) continue;
    Truth one = Truth::kNo;
    for (const uint32_t i : covers.at(cover)) {
      const Truth condition = values[shape.unevaluated[rule].covers[i].condition];
      if (condition == Truth::kYes) one = Truth::kYes;
      if (condition == Truth::kOpen && one == Truth::kNo) one = Truth::kOpen;
    }
    if (one == Truth::kNo) return Truth::kNo;
    open = open || one == Truth::kOpen;
  }
  return open ? Truth::kOpen : Truth::kYes;
}

}  // namespace

void evaluate(const Shape& shape, const Facts& facts, const ListPool& covers, bool ended, bool ordered,
              std::vector<Truth>& values) {
  shape.circuit.evaluate(values, [&](uint32_t index, std::span<const Truth> so_far) {
    const Atom& atom = shape.atoms[index];
    switch (atom.type) {
      case Atom::Type::kRule:
        return unless(has_bit(facts.failed, atom.index), ended);
      case Atom::Type::kSeen: {
        if (has_bit(facts.seen, atom.index)) return Truth::kYes;
        const bool passed = ordered && shape.keys[atom.index].order < facts.order;
        return ended || passed ? Truth::kNo : Truth::kOpen;
      }
      case Atom::Type::kCount:
        return at_least(facts.count, atom.bound, ended);
      case Atom::Type::kContains:
        return at_least(facts.contains[atom.index], atom.bound, ended);
      case Atom::Type::kUnique:
        return unless(facts.repeats, ended);
      case Atom::Type::kUnevaluated: {
        const uint32_t rule = atom.index;
        if (has_bit(facts.failed, uint32_t(shape.num_rules()) + rule)) return Truth::kNo;
        return evaluated(shape, facts, covers, rule, ended, so_far);
      }
      default:
        return Truth::kOpen;
    }
  });
}

}  // namespace hearth::grammar
