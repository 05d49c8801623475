#include <algorithm>
#include <set>

#include "grammar/satisfy/array_theory.h"
#include "grammar/satisfy/object_theory.h"
#include "grammar/satisfy/satisfier.h"

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxBranches = 640;
constexpr size_t kMaxCubes = 64;     // of unevaluated rules, which multiply
constexpr size_t kMaxListed = 2048;  // cubes of one goal

/// The bits of all failures that are not to be kept.
Bits others(const Kept& keep, const ValueWish& wish) {
  Bits bits = keep.rules;
  if (wish.fail) set_bit(bits, *wish.fail);
  for (uint32_t& word : bits) word = ~word;
  return bits;
}

/// Whether there may be no more than a few keys that no schema lists.
bool has_few_others(const Shape& shape) { return !shape.names.empty() || shape.num_patterns > 0; }

/// Adds to each cube one of the roots; false, with nothing done: there are too many ways.
bool want_one_of(std::span<const uint32_t> roots, std::vector<Cube>& cubes) {
  if (cubes.size() * roots.size() > kMaxCubes) return false;
  std::vector<Cube> longer;
  for (const Cube& cube : cubes) {
    for (const uint32_t root : roots) {
      longer.push_back(cube);
      longer.back().push_back({root, true});
    }
  }
  cubes = std::move(longer);
  return true;
}

}  // namespace

std::vector<Cube> Satisfier::want_kept(const Shape& shape, const Route& route, const Kept& keep) {
  std::vector<Cube> cubes(1);
  for (const uint32_t rule : route.failed)
    if (has_bit(keep.rules, rule)) return {};
  for (const auto& [root, rule] : route.rules)
    if (has_bit(keep.rules, rule)) cubes[0].push_back({root, true});
  for (const Route::Unevaluated& entry : route.unevaluated) {
    if (!has_bit(keep.rules, entry.failure)) continue;
    const auto may_cover = [&](uint32_t cover) {
      return keep.may_cover(shape.unevaluated[entry.rule].covers[cover]);
    };
    if (std::ranges::any_of(routes_.covers().at(entry.covers), may_cover)) continue;
    std::vector<uint32_t> roots;
    if (entry.root != Route::kFalseRoot) roots.push_back(entry.root);
    for (const auto& [root, cover] : entry.contains)
      if (may_cover(cover)) roots.push_back(root);
    if (std::ranges::find(roots, Route::kTrueRoot) == roots.end() && !want_one_of(roots, cubes)) doubt();
  }
  for (Cube& cube : cubes) {
    std::ranges::sort(cube);
    cube.erase(std::ranges::unique(cube).begin(), cube.end());
  }
  return cubes;
}

bool Satisfier::value_exists(ShapeId shape, RouteId route_id, const Kept& keep, const ValueWish& wish) {
  const Route& route = routes_[route_id];
  const PositionId position = route.position;
  if (!spend(1 + route.rules.size() / 16)) return true;
  const std::vector<Cube> cubes = want_kept(this->shape(shape), route, keep);
  if (cubes.empty()) return false;
  const auto with = [&](uint32_t root, bool satisfied) {
    if (root >= Route::kFalseRoot)
      return (root == Route::kTrueRoot) == satisfied && exists(goal(position, cubes));
    std::vector<Cube> more;
    for (const Cube& cube : cubes) {
      if (std::ranges::binary_search(cube, CubeLiteral{root, !satisfied})) continue;
      more.push_back(cube);
      more.back().push_back({root, satisfied});
      std::ranges::sort(more.back());
      more.back().erase(std::ranges::unique(more.back()).begin(), more.back().end());
    }
    return !more.empty() && exists(goal(position, more));
  };
  const std::vector<Route::Use>& uses = wish.fail ? route.rules : route.contains;
  const bool fails_anyway = wish.fail && std::ranges::binary_search(route.failed, *wish.fail);
  if ((!wish.fail && !wish.contains) || fails_anyway) return exists(goal(position, cubes));
  if (wish.fail)
    return std::ranges::any_of(
        uses, [&](const Route::Use& use) { return use.target == *wish.fail && with(use.root, false); });
  const auto use = std::ranges::find(uses, *wish.contains, &Route::Use::target);
  return with(use == uses.end() ? Route::kFalseRoot : use->root, wish.contains_satisfied);
}

bool Satisfier::key_exists(ShapeId shape, uint32_t key, const Kept& keep, const ValueWish& wish) {
  if (!spend(2 + keep.rules.size())) return true;  // words that a route is looked up by
  const KeyTraits& traits = key_traits(shape, key);
  for (size_t i = 0; i < keep.rules.size(); ++i)
    if (traits.failed[i] & keep.rules[i]) return false;
  if (wish.fail && has_bit(traits.failed, *wish.fail))
    return value_exists(shape, routes_.of_key(shape, key, traits.patterns, others(keep, {})), keep, {});
  return value_exists(shape, routes_.of_key(shape, key, traits.patterns, others(keep, wish)), keep, wish);
}

bool Satisfier::other_key_exists(ShapeId shape, const Kept& keep, const ValueWish& wish) {
  if (const Names* const names = this->names(shape)) {
    Cube cube;
    for (const auto& [root, rule] : names->uses)
      if (has_bit(keep.rules, rule)) cube.push_back({root, true});
    std::ranges::sort(cube);
    cube.erase(std::ranges::unique(cube).begin(), cube.end());
    if (!exists(goal(names->position, {{cube}}), kString)) return false;
  }
  const PatternSets& sets = pattern_sets(shape);
  if (!sets) doubt();
  if (!sets) return true;
  return std::ranges::any_of(*sets, [&](const std::vector<uint32_t>& patterns) {
    return value_exists(shape, routes_.of_key(shape, kNoKey, patterns, others(keep, wish)), keep, wish);
  });
}

bool Satisfier::item_exists(ShapeId shape, uint32_t index, const Kept& keep, const ValueWish& wish) {
  if (!spend(2 + keep.rules.size())) return true;
  return value_exists(shape, routes_.of_item(shape, index, others(keep, wish)), keep, wish);
}

bool Satisfier::plain_key_exists(Plan& plan, uint32_t key) {
  if (plan.keys_exist.empty()) plan.keys_exist.resize(shape(plan.shape).keys.size());
  return remember(plan.keys_exist[key], [&] { return key_exists(plan.shape, key, {plan.rules, {}}, {}); });
}

bool Satisfier::plain_other_key_exists(Plan& plan) {
  return remember(plan.other_key_exists, [&] { return other_key_exists(plan.shape, {plan.rules, {}}, {}); });
}

bool Satisfier::plain_item_exists(Plan& plan, uint32_t index) {
  const uint32_t num_prefix = shape(plan.shape).num_prefix_items;
  index = std::min(index, num_prefix);
  if (plan.items_exist.empty()) plan.items_exist.resize(num_prefix + 1);
  return remember(plan.items_exist[index],
                  [&] { return item_exists(plan.shape, index, {plan.rules, {}}, {}); });
}

bool Satisfier::plain_object(Plan& plan, const Facts& facts) {
  const Shape& shape = this->shape(plan.shape);
  uint64_t count = facts.count;
  for (const uint32_t key : plan.required_keys) {
    if (has_bit(facts.seen, key)) continue;
    if (ordered_ && shape.keys[key].order < facts.order) return false;
    if (++count > plan.most || !plain_key_exists(plan, key)) return false;
  }
  if (count >= plan.least) return true;
  if (plain_other_key_exists(plan)) {
    // The first of them is there for certain.
    if (has_few_others(shape) && (plan.least - count > 1 || facts.count > 0)) doubt();
    return true;
  }
  for (uint32_t key = 0; key < shape.keys.size() && count < plan.least; ++key) {
    if (has_bit(facts.seen, key) || has_bit(plan.required, key)) continue;
    if (ordered_ && shape.keys[key].order < facts.order) continue;
    count += plain_key_exists(plan, key);
  }
  return count >= plan.least;
}

bool Satisfier::allowed_keys(PlanId id, const Facts& facts, std::span<Answer> listed, Answer& other) {
  Plan& plan = *plans_[id];
  const Shape& shape = this->shape(plan.shape);
  if (!plan.is_plain || plan.least > 0 || has_few_others(shape)) return false;
  uint64_t num_missing = 0;
  uint32_t first_missing = ShapeKey::kUnlisted;  // no listed key may pass it
  for (const uint32_t key : plan.required_keys) {
    if (has_bit(facts.seen, key)) continue;
    ++num_missing;
    first_missing = std::min(first_missing, shape.keys[key].order);
  }
  const uint64_t room = plan.most - facts.count;
  const bool doubted = exchange_doubts(false);
  for (uint32_t key = 0; key < shape.keys.size(); ++key) {
    listed[key] = Answer::kNo;
    if (has_bit(facts.seen, key)) continue;
    const uint32_t order = shape.keys[key].order;
    if (ordered_ && (order < facts.order || order > first_missing)) continue;
    if (num_missing + uint64_t(!has_bit(plan.required, key)) > room) continue;
    if (plain_key_exists(plan, key)) listed[key] = plan.keys_exist[key];
  }
  const bool in_turn = !ordered_ || first_missing == ShapeKey::kUnlisted;
  const bool has_other = in_turn && num_missing < room && plain_other_key_exists(plan);
  other = has_other ? plan.other_key_exists : Answer::kNo;
  exchange_doubts(doubted);
  return true;
}

bool Satisfier::plain_array(Plan& plan, const Facts& facts) {
  if (plan.is_unique && facts.repeats) return false;
  const uint32_t num_prefix = shape(plan.shape).num_prefix_items;
  for (uint64_t count = facts.count; count < plan.least; ++count) {
    if (!plain_item_exists(plan, uint32_t(std::min<uint64_t>(count, num_prefix)))) return false;
    if (count >= num_prefix) break;
  }
  // The first differs from nothing; whether there are as many that differ is another question.
  if (plan.is_unique && facts.count < plan.least && plan.least > 1 && !has_endless_items(plan)) doubt();
  return true;
}

bool Satisfier::plain_can_complete(Plan& plan, const Facts& facts) {
  for (size_t i = 0; i < plan.rules.size(); ++i)
    if (plan.rules[i] & facts.failed[i]) return false;
  if (plan.least > plan.most || facts.count > plan.most) return false;
  return shape(plan.shape).type == kObject ? plain_object(plan, facts) : plain_array(plan, facts);
}

bool Satisfier::can_complete(PlanId id, const Facts& facts) {
  Plan& plan = *plans_[id];
  if (plan.is_dead) return false;
  return plan.is_plain ? plain_can_complete(plan, facts) : search(plan, facts, kNoRoute, nullptr);
}

GoalId Satisfier::open(PlanId id, const Facts& facts, RouteId route) {
  Plan& plan = *plans_[id];
  const PositionId position = routes_[route].position;
  std::vector<Cube> cubes;
  if (plan.is_plain) {
    if (!plain_can_complete(plan, facts)) return kNoGoal;
    cubes = want_kept(shape(plan.shape), routes_[route], {plan.rules, {}});
  } else {
    search(plan, facts, route, &cubes);
  }
  if (cubes.empty()) return kNoGoal;
  const GoalId goal = this->goal(position, cubes);
  return exists(goal) ? goal : kNoGoal;
}

/// What unevaluated rules ask of what there is, and of the pending value where no answer of it will do.
std::vector<Obligation> Satisfier::obligations(const Shape& shape, const Facts& facts, RouteId route) const {
  std::vector<Obligation> obligations;
  if (shape.unevaluated.empty()) return obligations;
  std::vector<FormulaId> atoms(shape.unevaluated.size(), kNever);
  for (size_t i = 0; i < shape.atoms.size(); ++i)
    if (shape.atoms[i].type == Atom::Type::kUnevaluated) atoms[shape.atoms[i].index] = shape.atom_formulas[i];
  const auto add = [&](uint32_t rule, uint32_t covers) {
    Obligation obligation{atoms[rule], {}};
    for (const uint32_t cover : routes_.covers().at(covers))
      obligation.any_of.push_back(shape.unevaluated[rule].covers[cover].condition);
    obligations.push_back(std::move(obligation));
  };
  for (const auto& [rule, covers] : facts.uncertain) add(rule, covers);
  if (route == kNoRoute) return obligations;
  for (const Route::Unevaluated& entry : routes_[route].unevaluated)
    if (entry.root == Route::kFalseRoot && entry.contains.empty()) add(entry.rule, entry.covers);
  return obligations;
}

bool Satisfier::search(const Plan& plan, const Facts& so_far, RouteId route, std::vector<Cube>* found) {
  const Shape& shape = this->shape(plan.shape);
  Facts facts = so_far;
  if (route != kNoRoute)
    for (const uint32_t rule : routes_[route].failed) set_bit(facts.failed, rule);  // whatever the value is
  if (!spend(2 * pass_cost(shape))) return true;
  std::vector<Truth> values;
  evaluate(shape, facts, routes_.covers(), false, ordered_, values);
  const std::vector<Obligation> obligations = this->obligations(shape, facts, route);
  Tableau tableau(shape.circuit, values, true, kMaxBranches, *fuel_, obligations);
  std::unique_ptr<ContainerTheory> theory;
  if (shape.type == kObject)
    theory = std::make_unique<ObjectTheory>(*this, plan, facts, route);
  else
    theory = std::make_unique<ArrayTheory>(*this, plan, facts, route);
  std::vector<Cube> cubes;
  std::set<Cube> listed;
  const auto judge = [&] {
    const size_t num_judged = tableau.atoms().size() + 4 * tableau.deferred().size();
    if (!spend((shape.unevaluated.empty() ? 1 : pass_cost(shape)) + num_judged / 4)) return true;
    const bool doubted = exchange_doubts(false);
    const bool possible = theory->check(tableau, cubes);
    doubts_ = doubted || (possible && doubts_);
    if (!possible) return false;
    if (found == nullptr) return true;
    for (const Cube& cube : cubes)
      if (!listed.contains(cube) && exists(goal(routes_[route].position, {{cube}}))) listed.insert(cube);
    return listed.size() > kMaxListed;
  };
  bool result = false;
  for (const Cube& wanted : cubes_of(plan.cubes)) {
    std::vector<Literal> goals;
    for (const auto& [root, satisfied] : wanted) goals.push_back({shape.roots[root], satisfied});
    result = tableau.search(std::move(goals), judge);
    if (result) break;
  }
  if (tableau.gave_up() || (result && found != nullptr)) doubt();
  if (found != nullptr) found->assign(listed.begin(), listed.end());
  if (result && found != nullptr) *found = {{}};  // too many to tell apart
  return result;
}

}  // namespace hearth::grammar
