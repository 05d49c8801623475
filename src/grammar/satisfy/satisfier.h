#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/satisfy/facts.h"
#include "grammar/satisfy/pools.h"
#include "grammar/satisfy/positions.h"
#include "grammar/satisfy/routes.h"
#include "grammar/satisfy/tableau.h"

namespace hearth::grammar {

/// Answers of a position's roots that its parents can live with: a list of cubes, each says of some roots
/// whether they are to be satisfied; the others do not matter.
using CubesId = uint32_t;
/// A position, and the answers that are wanted of it.
using GoalId = uint32_t;
inline constexpr GoalId kNoGoal = UINT32_MAX;
/// The same of a shape, prepared.
using PlanId = uint32_t;

inline constexpr JsonType kAllTypes[] = {kNull, kFalse, kTrue, kString, kNumber, kArray, kObject};

/// One root's wanted answer in a cube.
struct CubeLiteral {
  uint32_t root;
  bool satisfied;
  auto operator<=>(const CubeLiteral&) const = default;
};
using Cube = std::vector<CubeLiteral>;  ///< sorted

/// What is to be kept by what is added to an object or array.
struct Kept {
  Bits rules;                   ///< by their bits in Facts::failed
  std::vector<Truth> formulas;  ///< what the shape's formulas are then; empty: nothing is known

  /// Whether what a cover evaluates may be evaluated.
  bool may_cover(const UnevaluatedRule::Cover& cover) const {
    return formulas.empty() || formulas[cover.condition] != Truth::kNo;
  }
};

/// What a question about values is answered: kMaybe where it was judged part by part, and the parts may
/// exclude each other.
enum class Answer : uint8_t { kUnknown, kNo, kMaybe, kYes };

/// What is wanted of a value beside that rules be kept: that it fail a rule, or satisfy or not a `contains`.
struct ValueWish {
  std::optional<uint32_t> fail = {};
  std::optional<uint32_t> contains = {};
  bool contains_satisfied = true;
};

/// How the wanted answers come about in values of one type.
struct Plan {
  ShapeId shape = 0;
  CubesId cubes = 0;
  bool is_dead = false;
  /// Texts and numbers: the ways, one of which is enough; `is_open`: too many to list.
  std::vector<TextWish> texts;
  std::vector<NumberWish> numbers;
  bool is_open = false;
  /// Objects and arrays: all of it is needed, no more than `rules` holding, `required` keys and counts.
  bool is_plain = false;
  Bits rules, required;
  std::vector<uint32_t> required_keys;
  uint64_t least = 0, most = UINT64_MAX;
  bool is_unique = false;
  std::vector<Answer> keys_exist, items_exist;  ///< known answers under `rules`
  Answer other_key_exists = Answer::kUnknown;
};

/// Finds out whether values can be completed, or exist, that satisfy schemas. "No" is right; "yes" may be
/// wrong where a search ended early, or choices that depend on each other were judged one by one: then it is
/// doubted.
class Satisfier {
 public:
  Satisfier(const SchemaProgram& program, const JsonForm& form, Fuel& fuel);

  Positions& positions() { return positions_; }
  const Shape& shape(ShapeId id) const { return positions_[id]; }
  Routes& routes() { return routes_; }
  bool is_ordered() const { return ordered_; }

  /// Whether a "yes" since exchange_doubts(false) may be wrong.
  bool doubts() const { return doubts_; }
  bool exchange_doubts(bool doubts) { return std::exchange(doubts_, doubts); }
  /// Where all work is counted from now on. Once it is out, answers mean nothing, and none is remembered.
  void use_fuel(Fuel& fuel) { fuel_ = &fuel; }
  bool spend(uint64_t units) { return fuel_->take(units); }
  void doubt() { doubts_ = true; }
  /// Asks, or says what was answered before; raises the doubt again that went with it.
  template <typename Ask>
  bool remember(Answer& memo, Ask ask);

  GoalId goal(PositionId position, std::span<const Cube> cubes);
  PositionId position_of(GoalId goal) const { return goals_.at(goal)[0]; }
  PlanId plan(GoalId goal, JsonType type);
  const Plan& plan(PlanId id) const { return *plans_[id]; }

  /// Whether any value, or one of that type, gives a wanted answer.
  bool exists(GoalId goal);
  bool exists(GoalId goal, JsonType type);
  /// Whether a text, a number, an object or array that has been read so far can be completed.
  bool can_complete_text(PlanId plan, TextProduct::State state, uint64_t length);
  bool can_complete_number(PlanId plan, NumberProduct::State state);
  /// NumberProduct::can_have_fraction.
  bool can_have_fraction(PlanId plan, NumberProduct::State state);
  bool can_complete(PlanId plan, const Facts& facts);
  /// Whether more values are known to give a wanted answer than anybody will write.
  bool is_endless(GoalId goal) { return is_endless(goal, 0); }
  /// How many code points or bytes of a text or a number are missing, as far as that is easily told.
  uint64_t least_text_rest(PlanId plan, TextProduct::State state) const;
  uint64_t least_number_rest(PlanId plan, NumberProduct::State state) const;
  /// Whether a text or a number gives a wanted answer as it stands.
  bool is_wanted_text(PlanId plan, TextProduct::State state, uint64_t length) const;
  bool is_wanted_number(PlanId plan, NumberProduct::State state) const;
  /// What is wanted of the value that follows, whose key or item is in the facts already; kNoGoal where no
  /// value will do.
  GoalId open(PlanId plan, const Facts& facts, RouteId route);

  /// Of an object that can be completed and wants a conjunction: which keys of the shape may come next, and
  /// whether others may. False where that must be asked key by key.
  bool allowed_keys(PlanId plan, const Facts& facts, std::span<Answer> listed, Answer& other);
  /// Whether a key of the shape, another one, or an item can be added so that the rules in `keep` hold.
  bool key_exists(ShapeId shape, uint32_t key, const Kept& keep, const ValueWish& wish);
  bool other_key_exists(ShapeId shape, const Kept& keep, const ValueWish& wish);
  bool item_exists(ShapeId shape, uint32_t index, const Kept& keep, const ValueWish& wish);
  /// The answers, one of which a value must give so that the rules in `keep` hold; none: nothing does.
  std::vector<Cube> want_kept(const Shape& shape, const Route& route, const Kept& keep);

  /// The rules' bits that a listed key's name fails, and the patterns that it matches.
  struct KeyTraits {
    std::vector<uint32_t> patterns;
    Bits failed;
  };
  const KeyTraits& key_traits(ShapeId shape, uint32_t key);
  /// What names are asked; null where nothing.
  struct Names {
    PositionId position;
    ShapeId shape;
    std::vector<Route::Use> uses;  ///< by root: which rule fails
  };
  const Names* names(ShapeId shape);
  /// Sets the bits of the rules that a finished name fails.
  void fail_names(const Names& names, TextProduct::State state, uint64_t length, Bits& failed);
  /// The sets of patterns that one key can match; nullopt: too many to list.
  using PatternSets = std::optional<std::vector<std::vector<uint32_t>>>;
  const PatternSets& pattern_sets(ShapeId shape);

  /// What the roots answer of a finished text, number, literal, object or array.
  void answers(const Shape& shape, std::span<const Truth> values, std::vector<uint8_t>& answers) const;
  void answer_text(const Shape& shape, TextProduct::State state, uint64_t length,
                   std::vector<uint8_t>& answers);
  void answer_number(const Shape& shape, NumberProduct::State state, std::vector<uint8_t>& answers);
  void answer_container(const Shape& shape, const Facts& facts, std::vector<uint8_t>& answers);

  size_t memory_size() const;

 private:
  struct GoalMemo {
    std::array<Answer, 7> types = {};
    Answer exists = Answer::kUnknown;
    bool is_running = false;
    uint32_t depth = 0;  ///< while it runs
    std::array<PlanId, 7> plans;
  };

  std::vector<Cube> cubes_of(CubesId id) const;
  std::unique_ptr<Plan> make_plan(ShapeId shape, CubesId cubes);
  void plan_scalar(Plan& plan, const Shape& shape, const std::vector<Cube>& cubes);
  void plan_container(Plan& plan, const Shape& shape, const std::vector<Cube>& cubes);
  Answer find_exists(GoalId goal);
  bool find_exists(GoalId goal, JsonType type);
  bool is_endless(GoalId goal, uint32_t depth);
  bool has_endless_text(const Plan& plan) const;
  bool has_endless_number(const Plan& plan);
  bool has_endless_object(Plan& plan, uint32_t depth);
  /// Of those behind the first few that have a schema of their own.
  bool has_endless_items(Plan& plan);
  bool value_exists(ShapeId shape, RouteId route, const Kept& keep, const ValueWish& wish);
  bool plain_can_complete(Plan& plan, const Facts& facts);
  bool plain_object(Plan& plan, const Facts& facts);
  bool plain_array(Plan& plan, const Facts& facts);
  bool plain_key_exists(Plan& plan, uint32_t key);
  bool plain_other_key_exists(Plan& plan);
  bool plain_item_exists(Plan& plan, uint32_t index);
  bool search(const Plan& plan, const Facts& facts, RouteId route, std::vector<Cube>* found);
  std::vector<Obligation> obligations(const Shape& shape, const Facts& facts, RouteId route) const;

  /// Units of work for a pass over a shape's formulas.
  static uint64_t pass_cost(const Shape& shape) { return 1 + shape.circuit.size() / 16; }

  const SchemaProgram* program_;
  bool ordered_;
  Positions positions_;
  Routes routes_;
  ListPool cubes_, goals_, plan_ids_;
  std::vector<GoalMemo> goal_memos_;
  std::vector<std::unique_ptr<Plan>> plans_;
  std::unordered_map<uint64_t, KeyTraits> key_traits_;  ///< by shape and key
  std::unordered_map<ShapeId, Names> names_;
  std::unordered_map<ShapeId, PatternSets> pattern_sets_;
  std::vector<Truth> values_;
  bool doubts_ = false;
  uint32_t depth_ = 0, work_ = 0;
  Fuel* fuel_;
  uint32_t lowest_running_ = UINT32_MAX;  ///< depth of a goal that was met while it ran
};

template <typename Ask>
bool Satisfier::remember(Answer& memo, Ask ask) {
  if (memo == Answer::kUnknown) {
    const bool before = exchange_doubts(false);
    const bool yes = ask();
    const bool doubted = exchange_doubts(before);
    // A "no" that rests on a goal which still runs further out holds only together with that one's.
    if (fuel_->exhausted || (!yes && lowest_running_ != UINT32_MAX)) return yes;
    memo = !yes ? Answer::kNo : doubted ? Answer::kMaybe : Answer::kYes;
  }
  doubts_ = doubts_ || memo == Answer::kMaybe;
  return memo != Answer::kNo;
}

}  // namespace hearth::grammar
