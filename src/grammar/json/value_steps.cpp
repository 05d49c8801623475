#include <algorithm>

#include "grammar/json/schema_automaton.h"
#include "grammar/json/string_lexer.h"

namespace hearth::grammar {

namespace {

constexpr std::string_view kLiterals[] = {"null", "false", "true"};
constexpr JsonType kLiteralTypes[] = {kNull, kFalse, kTrue};

}  // namespace

SchemaAutomaton::Next SchemaAutomaton::begin_value(FrameId id, uint8_t byte) {
  const Frame frame = frames_[id];
  switch (byte) {
    case '"': {
      if (!satisfier_.exists(frame.goal, kString)) return {};
      MachineState next{
          .mode = Mode::kString, .text = child_shape(frame, kString).text->start(), .frame = id};
      return string_is_alive(next) && can_become_fresh(next) ? next : Next{};
    }
    case '{':
      return begin_container(id, kObject);
    case '[':
      return begin_container(id, kArray);
    case 'n':
    case 'f':
    case 't': {
      const uint32_t which = byte == 'n' ? 0 : byte == 'f' ? 1 : 2;
      if (!satisfier_.exists(frame.goal, kLiteralTypes[which])) return {};
      MachineState next{.mode = Mode::kLiteral, .text = 1, .names = which, .frame = id};
      return literal_is_alive(next) ? next : Next{};
    }
    default: {
      if (byte != '-' && (byte < '0' || byte > '9')) return {};
      if (!satisfier_.exists(frame.goal, kNumber)) return {};
      MachineState first{
          .mode = Mode::kNumber, .text = child_shape(frame, kNumber).numbers->start(), .frame = id};
      return step_number(first, byte);
    }
  }
}

SchemaAutomaton::Next SchemaAutomaton::begin_container(FrameId id, JsonType type) {
  const Frame around = frames_[id];
  satisfier_.exchange_doubts(false);
  if (around.depth >= kMaxDepth || !satisfier_.exists(around.goal, type)) return {};
  Frame frame;
  frame.parent = id;
  frame.plan = satisfier_.plan(around.goal, type);
  frame.depth = around.depth + 1;
  const Shape& shape = satisfier_.shape(satisfier_.plan(frame.plan).shape);
  // Keys that may come twice are judged twice. What that could change, must know them.
  const bool around_is_monotone = id == 0 || (shape_of(around).is_monotone && !around.is_refutable());
  if (!around_is_monotone || !shape.is_monotone) frame.flags |= Frame::kRefutable;
  if (around.records() || (frame.is_refutable() && shape.judges_others) || shape.counts_others)
    frame.flags |= Frame::kStrict;
  const bool is_unique =
      std::ranges::any_of(shape.atoms, [](const Atom& atom) { return atom.type == Atom::Type::kUnique; });
  if (around.records() || is_unique) frame.flags |= Frame::kRecords;
  return {.mode = Mode::kOpened, .frame = with_facts(frame, Facts(shape))};
}

std::string_view SchemaAutomaton::literal(uint32_t which) { return kLiterals[which]; }

SchemaAutomaton::Next SchemaAutomaton::step_literal(const MachineState& state, uint8_t byte) {
  const std::string_view letters = kLiterals[state.names];
  if (uint8_t(letters[state.text]) != byte) return {};
  MachineState next = state;
  if (++next.text < letters.size()) return next;
  return end_literal(state.frame, kLiteralTypes[state.names]);
}

SchemaAutomaton::Next SchemaAutomaton::end_literal(FrameId id, JsonType type) {
  const Frame frame = frames_[id];
  const Shape& shape = child_shape(frame, type);
  answers_.clear();
  for (const FormulaId root : shape.roots) answers_.push_back(root == kAlways);
  return end_value(id, answers_, frame.records() ? known_.literal(type) : 0);
}

bool SchemaAutomaton::literal_is_alive(const MachineState& state) {
  return end_literal(state.frame, kLiteralTypes[state.names]).mode != Mode::kDead;
}

SchemaAutomaton::Next SchemaAutomaton::step_number(const MachineState& state, uint8_t byte) {
  const Frame frame = frames_[state.frame];
  NumberProduct& numbers = *child_shape(frame, kNumber).numbers;
  MachineState next = state;
  next.text = numbers.step(state.text, byte);
  if (next.text == NumberProduct::kNoState) {
    const Next behind = end_number(state);
    return behind.mode == Mode::kDead ? behind : step_from(behind, byte);
  }
  const PlanId plan = satisfier_.plan(frame.goal, kNumber);
  if (!satisfier_.can_complete_number(plan, next.text)) return {};
  if (form_.plain_integers && byte == '.' && !satisfier_.can_have_fraction(plan, next.text)) return {};
  if (frame.records()) next.known = known_.append(state.known, byte);
  return can_become_fresh(next) ? next : Next{};
}

SchemaAutomaton::Next SchemaAutomaton::end_number(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  const Shape& shape = child_shape(frame, kNumber);
  if (!shape.numbers->is_complete(state.text)) return {};
  satisfier_.answer_number(shape, state.text, answers_);
  return end_value(state.frame, answers_, frame.records() ? known_.number(state.known) : 0);
}

MachineState SchemaAutomaton::with_code_point(const MachineState& state, char32_t code_point) {
  const Frame frame = frames_[state.frame];
  const Shape& shape = child_shape(frame, kString);
  MachineState next = state;
  next.place = 0;
  next.text = shape.text->step(state.text, code_point);
  if (next.length < std::min<uint64_t>(shape.max_length, kMaxLength)) ++next.length;
  if (frame.records() && state.known != KnownValues::kForgottenText)
    next.known = known_.append(state.known, code_point);
  return next;
}

bool SchemaAutomaton::string_is_alive(const MachineState& state) {
  const PlanId plan = satisfier_.plan(frames_[state.frame].goal, kString);
  return satisfier_.can_complete_text(plan, state.text, state.length);
}

std::optional<TextProduct::MadePart> SchemaAutomaton::sole_language(const MachineState& state) {
  const Plan& plan = satisfier_.plan(satisfier_.plan(frames_[state.frame].goal, kString));
  if (plan.is_open || plan.texts.size() != 1) return std::nullopt;
  return satisfier_.shape(plan.shape).text->sole_made(plan.texts[0], state.text, state.length);
}

SchemaAutomaton::Next SchemaAutomaton::step_string_value(const MachineState& state, uint8_t byte) {
  const StringStep step = step_string(StringPlace::unpacked(state.place), byte, form_.escapes);
  switch (step.type) {
    case StringStep::Type::kWrong:
      return {};
    case StringStep::Type::kCodePoint: {
      const MachineState next = with_code_point(state, step.code_point);
      return string_is_alive(next) && can_become_fresh(next) ? next : Next{};
    }
    case StringStep::Type::kEnd: {
      const Frame frame = frames_[state.frame];
      satisfier_.answer_text(child_shape(frame, kString), state.text, state.length, answers_);
      return end_value(state.frame, answers_, frame.records() ? known_.string(state.known) : 0);
    }
    case StringStep::Type::kInside:
      break;
  }
  if (auto part = step_string_part(state, step.place)) return *part;
  MachineState next = state;
  next.place = step.place.packed();
  return string_may_become(state, possible_code_points(step.place, form_.escapes)) ? next : Next{};
}

std::optional<SchemaAutomaton::Next> SchemaAutomaton::step_string_part(const MachineState& state,
                                                                       StringPlace place) {
  MachineState next = state;
  if (StringPlace::unpacked(state.place).part == StringPlace::Part::kRest) {
    next.place = place.packed();
    return next;
  }
  if (place.part != StringPlace::Part::kUtf8 || remembers(state)) return std::nullopt;
  const CodePointSpan span = possible_code_points(place, form_.escapes).spans[0];
  const Shape& shape = child_shape(frames_[state.frame], kString);
  const auto text = span.empty() ? std::nullopt : shape.text->step_all(state.text, span);
  if (!text) return std::nullopt;
  next.text = *text;
  if (next.length < std::min<uint64_t>(shape.max_length, kMaxLength)) ++next.length;
  if (!string_is_alive(next)) return Next{};
  next.place = rest_of(place).packed();
  return next;
}

bool SchemaAutomaton::string_may_become(const MachineState& state, const PossibleCodePoints& possible) {
  const Plan& plan = satisfier_.plan(satisfier_.plan(frames_[state.frame].goal, kString));
  TextProduct& text = *satisfier_.shape(plan.shape).text;
  if (text.has_made() && !plan.is_open) {
    return std::ranges::any_of(plan.texts, [&](const TextWish& wish) {
      return std::ranges::any_of(possible.spans, [&](CodePointSpan span) {
        return text.may_step(wish, state.text, state.length, span);
      });
    });
  }
  return std::ranges::any_of(possible.spans, [&](CodePointSpan span) {
    return text.visit_classes(state.text, span, [&](char32_t code_point) {
      const MachineState moved = with_code_point(state, code_point);
      return string_is_alive(moved) && can_become_fresh(moved);
    });
  });
}

}  // namespace hearth::grammar
