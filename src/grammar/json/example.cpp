#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "grammar/json/schema_automaton.h"

// Where it is doubted that a text can go on, one that does is looked for: depth first, what ends something
// before what adds to it, short ones before long ones. Each state on the way to the end then has an example,
// so whoever follows it finds the next ones known.

namespace hearth::grammar {

namespace {

struct Round {
  uint32_t max_parts, max_steps;  ///< items, members, objects and arrays that are begun
};
constexpr Round kRounds[] = {{0, 40}, {UINT32_MAX, 200}, {1, 100}, {2, 150}, {4, 200}};
constexpr uint32_t kStepFuel = 32;

// Ways on from a state: bytes, or what stands for many of them.
constexpr uint32_t kNumberWay = 256;
constexpr uint32_t kLearnedWay = 257;  ///< and behind it: answers that a value of the goal is known to give
constexpr size_t kMaxLearned = 4;      // answers of one goal
constexpr uint32_t kEndWay = kLearnedWay + kMaxLearned;  ///< and behind it: one of Open::ends

}  // namespace

class SchemaAutomaton::ExampleSearch {
 public:
  explicit ExampleSearch(SchemaAutomaton& automaton) : automaton_(&automaton) {}

  Example run(StateId first);

 private:
  struct Open {
    StateId id;
    std::vector<uint32_t> ways = {};
    std::vector<MachineState> ends = {};  ///< texts, numbers and keys that can end as they stand
    size_t next = 0;
    uint32_t num_parts = 0;
  };

  std::optional<Example> run(StateId first, Round round);
  void open(StateId id, uint32_t num_parts);
  void add_learned(Open& opened, const MachineState& state);
  bool is_new(StateId id, uint32_t num_parts);
  Next go(const Open& at, uint32_t way);
  bool is_end(const MachineState& state);
  Example finish(Example example);

  SchemaAutomaton* automaton_;
  std::vector<Open> path_;
  std::unordered_map<StateId, uint32_t> met_;  ///< with how few parts
  bool is_cut_ = false;
};

SchemaAutomaton::Example SchemaAutomaton::ExampleSearch::run(StateId first) {
  for (const Round& round : kRounds)
    if (const auto example = run(first, round)) return *example;
  if (!automaton_->fuel().exhausted) automaton_->examples_[first] = Example::kGivenUp;
  return Example::kGivenUp;
}

std::optional<SchemaAutomaton::Example> SchemaAutomaton::ExampleSearch::run(StateId first, Round round) {
  met_.clear();
  path_.clear();
  is_cut_ = false;
  is_new(first, 0);
  open(first, 0);
  for (uint32_t steps = 0; !path_.empty();) {
    Open& at = path_.back();
    if (at.next == at.ways.size()) {
      path_.pop_back();
      continue;
    }
    if (++steps > round.max_steps || !automaton_->fuel().take(kStepFuel)) return std::nullopt;
    const uint32_t way = at.ways[at.next++];
    const uint32_t num_parts = at.num_parts + uint32_t(way == ',' || way == '[' || way == '{');
    const Next next = go(at, way);
    if (next.mode == Mode::kDead) continue;
    if (is_end(next)) return finish(Example::kFound);
    const StateId id = automaton_->states_.intern(next);
    const auto known = automaton_->examples_.find(id);
    if (known != automaton_->examples_.end()) {
      if (known->second == Example::kFound) return finish(Example::kFound);
      is_cut_ = is_cut_ || known->second == Example::kGivenUp;
    } else if (num_parts > round.max_parts) {
      is_cut_ = true;
    } else if (is_new(id, num_parts)) {
      open(id, num_parts);
    }
  }
  if (is_cut_) return std::nullopt;
  return finish(Example::kNone);
}

/// Or met again with fewer parts: more lies within reach then.
bool SchemaAutomaton::ExampleSearch::is_new(StateId id, uint32_t num_parts) {
  const auto [entry, is_new] = met_.try_emplace(id, num_parts);
  const bool is_nearer = num_parts < entry->second;
  if (is_nearer) entry->second = num_parts;
  return is_new || is_nearer;
}

SchemaAutomaton::Example SchemaAutomaton::ExampleSearch::finish(Example example) {
  if (automaton_->fuel().exhausted) return Example::kGivenUp;
  auto& examples = automaton_->examples_;
  if (example == Example::kFound)
    for (const Open& open : path_) examples[open.id] = example;
  else
    for (const auto& [id, num_parts] : met_) examples[id] = example;
  return example;
}

bool SchemaAutomaton::ExampleSearch::is_end(const MachineState& state) {
  if (state.mode == Mode::kDone) return true;
  return state.mode == Mode::kNumber && state.frame == 0 && automaton_->end_number(state).mode == Mode::kDone;
}

SchemaAutomaton::Next SchemaAutomaton::ExampleSearch::go(const Open& at, uint32_t way) {
  const MachineState state = way >= kEndWay ? at.ends[way - kEndWay] : automaton_->states_[at.id];
  if (way >= kEndWay && automaton_->states_[at.id].place != 0) return state;
  if (way < kNumberWay) return automaton_->step_from(state, uint8_t(way));
  if (way >= kEndWay)
    return state.mode == Mode::kNumber ? automaton_->end_number(state) : automaton_->step_from(state, '"');
  const Frame frame = automaton_->frames_[state.frame];
  if (way >= kLearnedWay) {
    const std::vector<uint8_t> answers = automaton_->learned_answers_.at(frame.goal)[way - kLearnedWay];
    return automaton_->end_value(state.frame, answers, 0);
  }
  if (!automaton_->satisfier_.exists(frame.goal, kNumber)) return {};
  return {.mode = Mode::kNumber,
          .text = automaton_->child_shape(frame, kNumber).numbers->start(),
          .frame = state.frame};
}

void SchemaAutomaton::ExampleSearch::add_learned(Open& opened, const MachineState& state) {
  const Frame& frame = automaton_->frames_[state.frame];
  const auto learned = automaton_->learned_answers_.find(frame.goal);
  if (state.frame == 0 || frame.records() || learned == automaton_->learned_answers_.end()) return;
  for (uint32_t i = 0; i < learned->second.size(); ++i) opened.ways.push_back(kLearnedWay + i);
}

void SchemaAutomaton::ExampleSearch::open(StateId id, uint32_t num_parts) {
  const MachineState state = automaton_->states_[id];
  Open& opened = path_.emplace_back(Open{.id = id, .num_parts = num_parts});
  const auto add = [&](std::string_view bytes) {
    opened.ways.insert(opened.ways.end(), bytes.begin(), bytes.end());
  };
  const auto add_ends = [&](ScalarEnds ends) {
    opened.ends = std::move(ends);
    for (uint32_t i = 0; i < opened.ends.size(); ++i) opened.ways.push_back(kEndWay + i);
  };
  if (state.space == Space::kWanted) return add(" ");
  if (state.space == Space::kCarriageReturn) return add("\n");
  if (state.place != 0) return add_ends(automaton_->whole_code_points(state));
  switch (state.mode) {
    case Mode::kValue:
      add_learned(opened, state);
      add("ntf\"");
      opened.ways.push_back(kNumberWay);
      return add("[{");
    case Mode::kLiteral:
      return add(literal(state.names).substr(state.text, 1));
    case Mode::kNumber:
      return add_ends(automaton_->number_ends(state));
    case Mode::kString:
      return add_ends(automaton_->string_ends(state));
    case Mode::kKey:
      return add_ends(automaton_->key_ends(state));
    case Mode::kOpened:
      add("}]\"ntf");
      if (automaton_->shape_of(automaton_->frames_[state.frame]).type == kArray) add("0123456789-");
      return add("[{");
    case Mode::kColon:
      return add(":");
    case Mode::kNext:
      return add("\"");
    case Mode::kBehind:
      return add("}],");
    default:
      return;
  }
}

void SchemaAutomaton::learn_answers(GoalId goal, std::span<const uint8_t> answers) {
  auto& learned = learned_answers_[goal];
  if (learned.size() >= kMaxLearned) return;
  const bool is_known =
      std::ranges::any_of(learned, [&](const auto& one) { return std::ranges::equal(one, answers); });
  if (!is_known) learned.emplace_back(answers.begin(), answers.end());
}

bool SchemaAutomaton::is_doubtful(const MachineState& state) {
  if (state.mode == Mode::kDone) return false;
  return satisfier_.doubts() || frames_[state.frame].is_doubtful() || may_repeat(state);
}

MachineState SchemaAutomaton::without_text(const MachineState& state) {
  MachineState other = state;
  if ((state.mode == Mode::kString || state.mode == Mode::kKey) && state.place == 0 &&
      remembered_loop(state).count == Loop::kEndless)
    other.known = KnownValues::kForgottenText;
  return other;
}

SchemaAutomaton::Example SchemaAutomaton::find_example(const MachineState& state) {
  const StateId id = states_.intern(without_text(state));
  const auto known = examples_.find(id);
  if (known != examples_.end()) return known->second;
  return ExampleSearch(*this).run(id);
}

}  // namespace hearth::grammar
