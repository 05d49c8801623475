#include "grammar/satisfy/satisfier.h"

#include <algorithm>
#include <bit>

namespace hearth::grammar {

namespace {

constexpr uint32_t kCubeEnd = UINT32_MAX;
constexpr uint32_t kMaxDepth = 64;     // of schemas within schemas, while one question is answered
constexpr uint32_t kMaxWork = 20'000;  // goals looked at for one question
constexpr uint64_t kPlanFuel = 200'000;

size_t type_index(JsonType type) { return size_t(std::countr_zero(uint8_t(type))); }

}  // namespace

Satisfier::Satisfier(const SchemaProgram& program, const JsonForm& form, Fuel& fuel)
    : program_(&program),
      ordered_(form.order == JsonForm::Order::kSchema),
      positions_(program),
      routes_(positions_),
      fuel_(&fuel) {}

GoalId Satisfier::goal(PositionId position, std::span<const Cube> cubes) {
  std::vector<Cube> sorted(cubes.begin(), cubes.end());
  std::ranges::sort(sorted);
  // Of cubes of one size none implies another.
  const bool is_uniform =
      std::ranges::all_of(sorted, [&](const Cube& cube) { return cube.size() == sorted[0].size(); });
  if (is_uniform) sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  if (!is_uniform) spend(sorted.size() * sorted.size() / 64);
  std::vector<uint32_t> list;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const Cube& cube = sorted[i];
    const bool implied = !is_uniform && std::ranges::any_of(sorted, [&](const Cube& other) {
      return &other != &cube && std::ranges::includes(cube, other) && (other != cube || &other < &cube);
    });
    if (implied) continue;
    for (const auto& [root, satisfied] : cube) list.push_back(2 * root + uint32_t(satisfied));
    list.push_back(kCubeEnd);
  }
  const GoalId id = goals_.intern({{position, cubes_.intern(list)}});
  if (id == goal_memos_.size()) {
    goal_memos_.emplace_back();
    goal_memos_.back().plans.fill(UINT32_MAX);
  }
  return id;
}

std::vector<Cube> Satisfier::cubes_of(CubesId id) const {
  std::vector<Cube> cubes;
  Cube cube;
  for (const uint32_t number : cubes_.at(id)) {
    if (number == kCubeEnd) {
      cubes.push_back(std::move(cube));
      cube.clear();
    } else {
      cube.push_back({number / 2, number % 2 == 1});
    }
  }
  return cubes;
}

PlanId Satisfier::plan(GoalId goal, JsonType type) {
  const PlanId known = goal_memos_[goal].plans[type_index(type)];
  if (known != UINT32_MAX) return known;
  const PositionId position = goals_.at(goal)[0];
  const CubesId cubes = goals_.at(goal)[1];
  const ShapeId shape = positions_.shape(position, type);
  const PlanId id = plan_ids_.intern({{shape, cubes}});
  if (id == plans_.size()) {
    plans_.push_back(make_plan(shape, cubes));
    spend(pass_cost(this->shape(shape)));
  }
  goal_memos_[goal].plans[type_index(type)] = id;
  return id;
}

std::unique_ptr<Plan> Satisfier::make_plan(ShapeId shape_id, CubesId cubes_id) {
  auto plan = std::make_unique<Plan>();
  plan->shape = shape_id;
  plan->cubes = cubes_id;
  const Shape& shape = this->shape(shape_id);
  const std::vector<Cube> cubes = cubes_of(cubes_id);
  if (shape.type == kObject || shape.type == kArray)
    plan_container(*plan, shape, cubes);
  else
    plan_scalar(*plan, shape, cubes);
  return plan;
}

void Satisfier::plan_scalar(Plan& plan, const Shape& shape, const std::vector<Cube>& cubes) {
  std::vector<Truth> values;
  shape.circuit.evaluate(values, [](uint32_t, std::span<const Truth>) { return Truth::kOpen; });
  Fuel own{kPlanFuel, false};  // what is planned is remembered, so it must not end half way
  Tableau tableau(shape.circuit, values, false, 4096, own);
  const auto found = [&] {
    TextWish wish;
    for (const FormulaId formula : tableau.atoms()) {
      const Atom& atom = shape.atoms[shape.circuit.node(formula).first];
      const bool yes = tableau.assigned(formula) == Truth::kYes;
      if (atom.type == Atom::Type::kLanguage)
        (yes ? wish.in : wish.not_in).push_back(atom.index);
      else if (yes)
        wish.least = std::max(wish.least, atom.bound);
      else
        wish.most = std::min(wish.most, atom.bound - 1);
    }
    std::ranges::sort(wish.in);
    std::ranges::sort(wish.not_in);
    if (shape.type == kNumber)
      plan.numbers.push_back({std::move(wish.in), std::move(wish.not_in)});
    else if (wish.least <= wish.most)
      plan.texts.push_back(std::move(wish));
    return false;
  };
  for (const Cube& cube : cubes) {
    std::vector<Literal> goals;
    for (const auto& [root, satisfied] : cube) goals.push_back({shape.roots[root], satisfied});
    if (tableau.search(std::move(goals), found)) break;
  }
  plan.is_open = tableau.gave_up();
  spend(kPlanFuel - own.left);
  plan.is_dead = !plan.is_open && plan.texts.empty() && plan.numbers.empty();
}

namespace {

/// Adds an assertion to what is needed; false where that is more than a plain plan holds.
bool need(const Atom& atom, bool positive, Plan& plan) {
  switch (atom.type) {
    case Atom::Type::kCount:
      if (positive)
        plan.least = std::max(plan.least, atom.bound);
      else
        plan.most = std::min(plan.most, atom.bound - 1);
      return true;
    case Atom::Type::kRule:
      set_bit(plan.rules, atom.index);
      return positive;
    case Atom::Type::kSeen:
      if (!has_bit(plan.required, atom.index)) plan.required_keys.push_back(atom.index);
      set_bit(plan.required, atom.index);
      return positive;
    case Atom::Type::kUnique:
      plan.is_unique = true;
      return positive;
    default:
      return false;
  }
}

}  // namespace

void Satisfier::plan_container(Plan& plan, const Shape& shape, const std::vector<Cube>& cubes) {
  plan.rules = make_bits(shape.num_failures());
  plan.required = make_bits(shape.keys.size());
  plan.is_dead = cubes.empty();
  if (cubes.size() != 1) return;
  std::vector<FormulaId> stack;
  for (const auto& [root, satisfied] : cubes[0]) {
    if (!satisfied) return;
    stack.push_back(shape.roots[root]);
  }
  while (!stack.empty()) {
    const FormulaId formula = stack.back();
    stack.pop_back();
    if (formula == kNever) plan.is_dead = true;
    if (formula <= kAlways) continue;
    const auto parts = shape.circuit.parts(formula);
    const Circuit::Operation operation = shape.circuit.node(formula).operation;
    if (operation == Circuit::Operation::kAnd) {
      stack.insert(stack.end(), parts.begin(), parts.end());
      continue;
    }
    const bool positive = operation != Circuit::Operation::kNot;
    const Circuit::Node& node = shape.circuit.node(positive ? formula : parts[0]);
    if (node.operation != Circuit::Operation::kAtom || !need(shape.atoms[node.first], positive, plan)) return;
  }
  plan.is_plain = true;
}

bool Satisfier::exists(GoalId goal) {
  if (goal_memos_[goal].is_running) {
    lowest_running_ = std::min(lowest_running_, goal_memos_[goal].depth);
    return false;
  }
  Answer answer = goal_memos_[goal].exists;
  if (answer == Answer::kUnknown) {
    if (depth_ == 0) work_ = 0;
    if (!spend(1) || depth_ >= kMaxDepth || ++work_ > kMaxWork) {
      doubt();
      return true;
    }
    answer = find_exists(goal);
  }
  doubts_ = doubts_ || answer == Answer::kMaybe;
  return answer != Answer::kNo;
}

Answer Satisfier::find_exists(GoalId goal) {
  const bool doubted = exchange_doubts(false);
  const uint32_t saved = std::exchange(lowest_running_, UINT32_MAX);
  const uint32_t depth = ++depth_;
  goal_memos_[goal].is_running = true;
  goal_memos_[goal].depth = depth;
  Answer answer = Answer::kNo;
  for (const JsonType type : kAllTypes) {
    doubts_ = false;
    if (!exists(goal, type)) continue;
    answer = doubts_ ? Answer::kMaybe : Answer::kYes;
    if (!doubts_) break;
  }
  --depth_;
  // A "no" that rests on a goal which still runs further out holds only together with that one's.
  const bool rests = answer == Answer::kNo && lowest_running_ < depth;
  goal_memos_[goal].is_running = false;
  goal_memos_[goal].exists = rests || fuel_->exhausted ? Answer::kUnknown : answer;
  lowest_running_ = std::min(saved, rests ? lowest_running_ : UINT32_MAX);
  doubts_ = doubted;
  return answer;
}

bool Satisfier::exists(GoalId goal, JsonType type) {
  const size_t index = type_index(type);
  if (depth_ == 0) work_ = 0;
  const uint32_t saved = std::exchange(lowest_running_, UINT32_MAX);
  Answer answer = goal_memos_[goal].types[index];
  const bool result = remember(answer, [&] { return find_exists(goal, type); });
  goal_memos_[goal].types[index] = answer;
  lowest_running_ = std::min(saved, result ? UINT32_MAX : lowest_running_);
  return result;
}

bool Satisfier::find_exists(GoalId goal, JsonType type) {
  const PlanId id = plan(goal, type);
  const Plan& plan = *plans_[id];
  if (plan.is_dead) return false;
  const Shape& shape = this->shape(plan.shape);
  switch (type) {
    case kString:
      return can_complete_text(id, shape.text->start(), 0);
    case kNumber:
      return can_complete_number(id, shape.numbers->start());
    case kObject:
    case kArray:
      return can_complete(id, Facts(shape));
    default:
      return true;
  }
}

bool Satisfier::can_complete_text(PlanId id, TextProduct::State state, uint64_t length) {
  const Plan& plan = *plans_[id];
  if (plan.is_open) doubt();
  if (plan.is_open) return true;
  TextProduct& text = *shape(plan.shape).text;
  return std::ranges::any_of(plan.texts,
                             [&](const TextWish& wish) { return text.can_satisfy(wish, state, length); });
}

bool Satisfier::can_have_fraction(PlanId id, NumberProduct::State state) {
  const Plan& plan = *plans_[id];
  if (plan.is_open) return true;
  NumberProduct& numbers = *shape(plan.shape).numbers;
  return std::ranges::any_of(plan.numbers,
                             [&](const NumberWish& wish) { return numbers.can_have_fraction(wish, state); });
}

bool Satisfier::can_complete_number(PlanId id, NumberProduct::State state) {
  const Plan& plan = *plans_[id];
  if (plan.is_open) doubt();
  if (plan.is_open) return true;
  NumberProduct& numbers = *shape(plan.shape).numbers;
  return std::ranges::any_of(plan.numbers,
                             [&](const NumberWish& wish) { return numbers.can_satisfy(wish, state); });
}

uint64_t Satisfier::least_text_rest(PlanId id, TextProduct::State state) const {
  const Plan& plan = *plans_[id];
  uint64_t least = UINT64_MAX;
  for (const TextWish& wish : plan.texts)
    least = std::min(least, shape(plan.shape).text->least_rest(wish, state));
  return least;
}

uint64_t Satisfier::least_number_rest(PlanId id, NumberProduct::State state) const {
  const Plan& plan = *plans_[id];
  uint64_t least = UINT64_MAX;
  for (const NumberWish& wish : plan.numbers)
    least = std::min(least, shape(plan.shape).numbers->least_rest(wish, state));
  return least;
}

bool Satisfier::is_wanted_text(PlanId id, TextProduct::State state, uint64_t length) const {
  const Plan& plan = *plans_[id];
  const TextProduct& text = *shape(plan.shape).text;
  const auto accepts = [&](uint32_t language) { return text.accepts(state, language); };
  return plan.is_open || std::ranges::any_of(plan.texts, [&](const TextWish& wish) {
           return length >= wish.least && length <= wish.most && std::ranges::all_of(wish.in, accepts) &&
                  std::ranges::none_of(wish.not_in, accepts);
         });
}

bool Satisfier::is_wanted_number(PlanId id, NumberProduct::State state) const {
  const Plan& plan = *plans_[id];
  const NumberProduct& numbers = *shape(plan.shape).numbers;
  const auto accepts = [&](uint32_t language) { return numbers.accepts(state, language); };
  return numbers.is_complete(state) &&
         (plan.is_open || std::ranges::any_of(plan.numbers, [&](const NumberWish& wish) {
            return std::ranges::all_of(wish.in, accepts) && std::ranges::none_of(wish.not_in, accepts);
          }));
}

void Satisfier::answers(const Shape& shape, std::span<const Truth> values,
                        std::vector<uint8_t>& answers) const {
  answers.clear();
  for (const FormulaId root : shape.roots) answers.push_back(values[root] == Truth::kYes);
}

void Satisfier::answer_text(const Shape& shape, TextProduct::State state, uint64_t length,
                            std::vector<uint8_t>& answers) {
  shape.circuit.evaluate(values_, [&](uint32_t index, std::span<const Truth>) {
    const Atom& atom = shape.atoms[index];
    const bool yes =
        atom.type == Atom::Type::kLength ? length >= atom.bound : shape.text->accepts(state, atom.index);
    return yes ? Truth::kYes : Truth::kNo;
  });
  this->answers(shape, values_, answers);
}

void Satisfier::answer_number(const Shape& shape, NumberProduct::State state, std::vector<uint8_t>& answers) {
  shape.circuit.evaluate(values_, [&](uint32_t index, std::span<const Truth>) {
    return shape.numbers->accepts(state, shape.atoms[index].index) ? Truth::kYes : Truth::kNo;
  });
  this->answers(shape, values_, answers);
}

void Satisfier::answer_container(const Shape& shape, const Facts& facts, std::vector<uint8_t>& answers) {
  evaluate(shape, facts, routes_.covers(), true, ordered_, values_);
  this->answers(shape, values_, answers);
}

size_t Satisfier::memory_size() const {
  return positions_.memory_size() + routes_.memory_size() + cubes_.memory_size() + goals_.memory_size() +
         plan_ids_.memory_size() + goal_memos_.capacity() * sizeof(GoalMemo) + plans_.size() * sizeof(Plan);
}

}  // namespace hearth::grammar
