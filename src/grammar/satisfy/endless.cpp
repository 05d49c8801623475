#include <algorithm>
#include <string_view>

#include "grammar/satisfy/satisfier.h"

// Which values there are without end, or more of than anybody writes.

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxDepth = 4;
constexpr uint64_t kManyCodePoints = 4;  // there are 10^24 texts of so many

}  // namespace

bool Satisfier::is_endless(GoalId goal, uint32_t depth) {
  if (depth >= kMaxDepth) return false;
  return std::ranges::any_of(kAllTypes, [&](JsonType type) {
    if (type != kString && type != kNumber && type != kArray && type != kObject) return false;
    Plan& plan = *plans_[this->plan(goal, type)];
    if (plan.is_dead || plan.is_open) return false;
    if (type == kString) return has_endless_text(plan);
    if (type == kNumber) return has_endless_number(plan);
    if (!plan.is_plain) return false;
    if (type == kObject) return has_endless_object(plan, depth);
    return plan.most == UINT64_MAX && !plan.is_unique &&
           plain_item_exists(plan, shape(plan.shape).num_prefix_items) &&
           can_complete(this->plan(goal, type), Facts(shape(plan.shape)));
  });
}

bool Satisfier::has_endless_text(const Plan& plan) const {
  const TextProduct& text = *shape(plan.shape).text;
  return std::ranges::any_of(plan.texts, [&](const TextWish& wish) {
    if (!wish.not_in.empty() || wish.in.size() > 1) return false;
    if (wish.in.empty()) return wish.most >= kManyCodePoints;
    return wish.most == UINT64_MAX && text.is_endless(wish.in[0]);
  });
}

bool Satisfier::has_endless_number(const Plan& plan) {
  NumberProduct& numbers = *shape(plan.shape).numbers;
  for (const std::string_view begin : {"1000000000000", "-1000000000000", "0.000000000001"}) {
    NumberProduct::State state = numbers.start();
    for (const char byte : begin)
      if (state != NumberProduct::kNoState) state = numbers.step(state, uint8_t(byte));
    if (state == NumberProduct::kNoState) continue;
    if (std::ranges::any_of(plan.numbers,
                            [&](const NumberWish& wish) { return numbers.can_satisfy(wish, state); }))
      return true;
  }
  return false;
}

bool Satisfier::has_endless_object(Plan& plan, uint32_t depth) {
  const ShapeId id = plan.shape;
  return std::ranges::any_of(plan.required_keys, [&](uint32_t key) {
    const RouteId route =
        routes_.of_key(id, key, key_traits(id, key).patterns, make_bits(shape(id).num_failures()));
    const std::vector<Cube> cubes = want_kept(shape(id), routes_[route], {plan.rules, {}});
    return !cubes.empty() && is_endless(goal(routes_[route].position, cubes), depth + 1);
  });
}

bool Satisfier::has_endless_items(Plan& plan) {
  const ShapeId id = plan.shape;
  const RouteId route = routes_.of_item(id, shape(id).num_prefix_items, make_bits(shape(id).num_failures()));
  const std::vector<Cube> cubes = want_kept(shape(id), routes_[route], {plan.rules, {}});
  return !cubes.empty() && is_endless(goal(routes_[route].position, cubes));
}

}  // namespace hearth::grammar
