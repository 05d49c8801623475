#include <algorithm>

#include "grammar/json/schema_automaton.h"

namespace hearth::grammar {

FrameId SchemaAutomaton::with_facts(Frame frame, const Facts& facts) {
  facts.write(list_);
  frame.facts = facts_.intern(list_);
  frame.flags &= ~Frame::kDoubtful;
  if (satisfier_.doubts() || frames_[frame.parent].is_doubtful()) frame.flags |= Frame::kDoubtful;
  return frames_.intern(frame);
}

SchemaAutomaton::Next SchemaAutomaton::end_value(FrameId id, std::span<const uint8_t> answers,
                                                 uint32_t value) {
  if (id == 0) {
    const bool holds = answers.empty() || answers[0] != 0;
    return holds ? Next{.mode = Mode::kDone} : Next{};
  }
  Frame frame = frames_[id];
  learn_answers(frame.goal, answers);
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  Facts facts = facts_of(frame);
  satisfier_.routes().take_answers(shape_id, frame.route, answers, facts);
  if (frame.records()) {
    if (shape.type == kObject) facts.values.push_back(frame.key);
    facts.values.push_back(value);
    if (shape.type == kArray && !facts.repeats) {
      const auto place = std::ranges::lower_bound(facts.others, value);
      facts.repeats = place != facts.others.end() && *place == value;
      facts.others.insert(place, value);
    }
  }
  satisfier_.exchange_doubts(false);  // what was doubted so far is behind
  if (!satisfier_.can_complete(frame.plan, facts)) return {};
  frame.route = kNoRoute;
  frame.goal = kNoGoal;
  frame.key = 0;
  return {.mode = Mode::kBehind, .frame = with_facts(frame, facts)};
}

SchemaAutomaton::Next SchemaAutomaton::end_container(FrameId id) {
  const Frame frame = frames_[id];
  const Shape& shape = shape_of(frame);
  const Facts facts = facts_of(frame);
  std::vector<uint8_t> answers;
  satisfier_.answer_container(shape, facts, answers);
  uint32_t value = 0;
  if (frames_[frame.parent].records())
    value = shape.type == kObject ? known_.object(facts.values) : known_.array(facts.values);
  return end_value(frame.parent, answers, value);
}

SchemaAutomaton::Next SchemaAutomaton::begin_item(FrameId id) {
  Frame frame = frames_[id];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  Facts facts = facts_of(frame);
  frame.route = satisfier_.routes().of_item(shape_id, facts.count, facts.failed);
  facts.add_count(shape);
  satisfier_.exchange_doubts(false);
  frame.goal = satisfier_.open(frame.plan, facts, frame.route);
  if (frame.goal == kNoGoal) return {};
  const FrameId waiting = with_facts(frame, facts);
  return fresh_exists(waiting) ? Next{.mode = Mode::kValue, .frame = waiting} : Next{};
}

SchemaAutomaton::Next SchemaAutomaton::step_opened(const MachineState& state, uint8_t byte) {
  const bool is_object = shape_of(frames_[state.frame]).type == kObject;
  if (byte == (is_object ? '}' : ']')) return end_container(state.frame);
  if (is_object) return byte == '"' ? begin_key(state.frame) : Next{};
  const Next item = begin_item(state.frame);
  return item.mode == Mode::kDead ? item : begin_value(item.frame, byte);
}

SchemaAutomaton::Next SchemaAutomaton::step_behind(const MachineState& state, uint8_t byte) {
  const bool is_object = shape_of(frames_[state.frame]).type == kObject;
  if (byte == (is_object ? '}' : ']')) return end_container(state.frame);
  const bool has_space = form_.whitespace == JsonForm::Whitespace::kFlexible && state.space != Space::kNone;
  if (byte != ',' || has_space) return {};
  Next next;
  if (is_object) {
    if (begin_key(state.frame).mode == Mode::kDead) return {};
    next = {.mode = Mode::kNext, .frame = state.frame};
  } else {
    next = begin_item(state.frame);
  }
  if (next.mode != Mode::kDead) next.space = space_behind(byte);
  return next;
}

}  // namespace hearth::grammar
