#include "grammar/json/schema_automaton.h"

#include <utility>

namespace hearth::grammar {

namespace {

constexpr uint64_t kStartFuel = 200'000;  // to find out whether there is any value

bool is_space(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

}  // namespace

SchemaAutomaton::SchemaAutomaton(std::shared_ptr<const SchemaProgram> program, const JsonForm& form)
    : program_(std::move(program)), form_(form), satisfier_(*program_, form, fuel()) {
  add_start();
}

void SchemaAutomaton::add_start() {
  states_.intern({});  // the dead state
  std::vector<SchemaId> roots;
  if (program_->root != kTrueSchema) roots.push_back(program_->root);
  Cube cube;
  if (!roots.empty()) cube.push_back({0, true});
  Frame around;
  around.goal = satisfier_.goal(satisfier_.positions().intern(roots), {{cube}});
  const FrameId frame = frames_.intern(around);
  MachineState first;
  first.mode = Mode::kValue;
  first.frame = frame;
  Fuel start_fuel{kStartFuel, false};
  satisfier_.use_fuel(start_fuel);
  start_ = satisfier_.exists(around.goal) ? states_.intern(first) : kDeadState;
  doubts_start_ = satisfier_.doubts();
  satisfier_.use_fuel(fuel());
}

StateId SchemaAutomaton::step(StateId id, uint8_t byte) {
  if (!fuel().take()) return kDeadState;
  satisfier_.use_fuel(fuel());
  const MachineState state = states_[id];
  if (id == start_ && doubts_start_ && find_example(state) == Example::kNone) return kDeadState;
  satisfier_.exchange_doubts(false);
  const Next next = step_from(state, byte);
  if (fuel().exhausted || next.mode == Mode::kDead) return kDeadState;
  // Where it takes too long to find an example, another byte has one.
  if (is_doubtful(next) && find_example(next) == Example::kNone) return kDeadState;
  if (fuel().exhausted) return kDeadState;
  return states_.intern(next);
}

SchemaAutomaton::Next SchemaAutomaton::step_from(const MachineState& state, uint8_t byte) {
  if (is_space(byte) && takes_space(state)) return step_space(state, byte);
  if (state.space == Space::kWanted || state.space == Space::kCarriageReturn) return {};
  switch (state.mode) {
    case Mode::kValue:
      return begin_value(state.frame, byte);
    case Mode::kLiteral:
      return step_literal(state, byte);
    case Mode::kNumber:
      return step_number(state, byte);
    case Mode::kString:
      return step_string_value(state, byte);
    case Mode::kKey:
      return step_key(state, byte);
    case Mode::kOpened:
      return step_opened(state, byte);
    case Mode::kNext:
      return byte == '"' ? begin_key(state.frame) : Next{};
    case Mode::kBehind:
      return step_behind(state, byte);
    case Mode::kColon: {
      if (byte != ':') return {};
      MachineState next{.mode = Mode::kValue, .space = space_behind(byte), .frame = state.frame};
      return next;
    }
    default:
      return {};
  }
}

bool SchemaAutomaton::takes_space(const MachineState& state) const {
  switch (state.mode) {
    case Mode::kDone:
      return form_.whitespace == JsonForm::Whitespace::kAny;
    case Mode::kValue:
      return state.frame != 0 || form_.whitespace == JsonForm::Whitespace::kAny;
    case Mode::kColon:
      return form_.whitespace == JsonForm::Whitespace::kAny;
    case Mode::kOpened:
    case Mode::kNext:
    case Mode::kBehind:
      return true;
    default:
      return false;
  }
}

MachineState::Space SchemaAutomaton::space_behind(uint8_t byte) const {
  const bool wanted = form_.whitespace == JsonForm::Whitespace::kSpaced && (byte == ',' || byte == ':');
  return wanted ? Space::kWanted : Space::kNone;
}

SchemaAutomaton::Next SchemaAutomaton::step_space(const MachineState& state, uint8_t byte) {
  MachineState next = state;
  switch (form_.whitespace) {
    case JsonForm::Whitespace::kCompact:
      return {};
    case JsonForm::Whitespace::kSpaced:
      if (byte != ' ' || state.space != Space::kWanted) return {};
      next.space = Space::kNone;
      next.blanks = 1;  // told apart from where no space is taken
      return next;
    case JsonForm::Whitespace::kAny:
      return next;
    case JsonForm::Whitespace::kFlexible:
      break;
  }
  // What stands before a bracket that closes.
  if (state.mode == Mode::kBehind && state.space == Space::kNone &&
      end_container(state.frame).mode == Mode::kDead)
    return {};
  if (state.mode == Mode::kValue && shape_of(frames_[state.frame]).type == kObject) {
    if (byte != ' ' || state.space != Space::kNone) return {};
    next.space = Space::kSome;
    return next;
  }
  if (byte == '\n') {
    if (state.space == Space::kSome) return {};
    next.space = Space::kSome;
  } else if (byte == '\r') {
    if (state.space != Space::kNone) return {};
    next.space = Space::kCarriageReturn;
  } else {
    if (state.space == Space::kCarriageReturn || state.blanks >= form_.max_indent) return {};
    next.space = Space::kSome;
    ++next.blanks;
  }
  return next;
}

bool SchemaAutomaton::accepts(StateId id) {
  const MachineState& state = states_[id];
  if (state.mode == Mode::kDone) return true;
  return state.mode == Mode::kNumber && state.frame == 0 &&
         end_number(MachineState(state)).mode == Mode::kDone;
}

Loop SchemaAutomaton::loop(StateId id) {
  const MachineState state = states_[id];
  if ((state.mode != Mode::kString && state.mode != Mode::kKey) || state.place != 0) return {};
  const Loop loop = text_loop(state);
  const bool is_all = loop.count == Loop::kEndless && loop.set == LoopSet::json_text();
  if (!is_all && !remembers(state) && goes_on_always(state))
    return {LoopSet::json_text(), Loop::kEndless, true};
  return loop;
}

Loop SchemaAutomaton::text_loop(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  Loop loop;
  if (state.mode == Mode::kString) {
    const Shape& shape = child_shape(frame, kString);
    if (frame.records() && state.known != KnownValues::kForgottenText) return {};
    if (frame.is_doubtful() && state.length < shape.max_length) return {};
    loop = shape.text->loop(state.text);
    if (loop.count != 0 && state.length < shape.max_length) loop.count = count_alive(state, shape.max_length);
  } else {
    const Shape& shape = shape_of(frame);
    const std::span<const uint32_t> node = nodes_.at(state.node);
    const bool recalls = frame.records() || frame.is_strict();
    if ((recalls && state.known != KnownValues::kForgottenText) || node[0] != node[1]) return {};
    loop = shape.text->loop(state.text);
    if (const Satisfier::Names* const names = satisfier_.names(satisfier_.plan(frame.plan).shape)) {
      const Shape& name_shape = satisfier_.shape(names->shape);
      const Loop name_loop = name_shape.text->loop(state.names);
      if (name_loop.count == 0 || state.length < name_shape.max_length) return {};
      loop.set = loop.set.intersected(name_loop.set);
    }
  }
  if (loop.count == 0) return {};
  loop.set.ascii &= LoopSet::json_text().ascii;
  return loop;
}

uint32_t SchemaAutomaton::count_alive(const MachineState& state, uint64_t max_length) {
  // Alive or not depends on the length alone, and for those too long it stays so.
  uint64_t alive = state.length, dead = std::min<uint64_t>(max_length, kMaxLength) + 1;
  MachineState behind = state;
  while (alive + 1 < dead) {
    behind.length = uint32_t((alive + dead) / 2);
    (string_is_alive(behind) ? alive : dead) = behind.length;
  }
  if (alive >= max_length) return Loop::kEndless;
  return uint32_t(alive) - state.length;
}

size_t SchemaAutomaton::memory_size() const {
  return sizeof(*this) + satisfier_.memory_size() + states_.memory_size() + frames_.memory_size() +
         facts_.memory_size() + nodes_.memory_size() + known_.memory_size() + other_questions_.memory_size() +
         key_memos_.size() * (sizeof(KeyMemo) + 64);
}

}  // namespace hearth::grammar
