#include <algorithm>

#include "grammar/json/schema_automaton.h"

// Items that must be unique: whether the one under way can still become one that is not there.

namespace hearth::grammar {

namespace {

constexpr size_t kMaxCompared = 256;  // items there; with more, one that differs is taken for granted
constexpr size_t kMaxNumbers = 400;   // prefixes of numbers that are tried
constexpr std::string_view kNumberBytes = "123456789.0-";

using Texts = std::vector<std::vector<char32_t>>;

/// What the texts that begin so go on with.
Texts rests_behind(const Texts& texts, std::span<const char32_t> prefix) {
  Texts rests;
  for (const auto& text : texts)
    if (text.size() >= prefix.size() && std::ranges::equal(std::span(text).first(prefix.size()), prefix))
      rests.emplace_back(text.begin() + ptrdiff_t(prefix.size()), text.end());
  return rests;
}

}  // namespace

bool SchemaAutomaton::wants_fresh(const Frame& frame) const {
  return frame.records() && satisfier_.plan(frame.plan).is_unique && facts_.at(frame.facts).size() > 2 &&
         facts_of(frame).others.size() <= kMaxCompared;
}

bool SchemaAutomaton::fresh_exists(FrameId id) {
  const GoalId goal = frames_[id].goal;
  if (!wants_fresh(frames_[id])) return true;
  bool may_exist = false;
  for (const JsonType type : kAllTypes) {
    if (!satisfier_.exists(goal, type) || !fresh_exists(id, type)) continue;
    if (type != kArray && type != kObject) return true;
    may_exist = true;
  }
  if (may_exist && !satisfier_.is_endless(goal)) satisfier_.doubt();
  return may_exist;
}

bool SchemaAutomaton::fresh_exists(FrameId id, JsonType type) {
  const Frame frame = frames_[id];
  if (id == 0 || !wants_fresh(frame)) return true;
  MachineState state{.frame = id};
  switch (type) {
    case kString:
      state.mode = Mode::kString;
      state.text = child_shape(frame, kString).text->start();
      return can_become_fresh(state);
    case kNumber:
      state.mode = Mode::kNumber;
      state.text = child_shape(frame, kNumber).numbers->start();
      return can_become_fresh(state);
    case kArray:
    case kObject:
      return true;
    default:
      return !std::ranges::binary_search(facts_of(frame).others, known_.literal(type));
  }
}

bool SchemaAutomaton::can_become_fresh(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  if (state.frame == 0 || !wants_fresh(frame)) return true;
  const std::vector<uint32_t> items = facts_of(frame).others;
  if (state.mode == Mode::kNumber) return number_can_be_fresh(state, items);
  if (state.known == KnownValues::kForgottenText) return true;
  Texts texts;
  for (const uint32_t item : items)
    if (const auto text = known_.text_of_string(item)) texts.push_back(known_.text(*text));
  return text_can_be_fresh(state, rests_behind(texts, known_.text(state.known)));
}

bool SchemaAutomaton::text_can_be_fresh(const MachineState& first, const Texts& first_rests) {
  // Where a text leaves all that are there, any way on will do; so only their own prefixes are looked at.
  const PlanId plan = satisfier_.plan(frames_[first.frame].goal, kString);
  const Shape& shape = child_shape(frames_[first.frame], kString);
  std::vector<std::pair<MachineState, Texts>> stack{{first, first_rests}};
  while (!stack.empty()) {
    auto [state, rests] = std::move(stack.back());
    stack.pop_back();
    const bool is_there = std::ranges::any_of(rests, [](const auto& rest) { return rest.empty(); });
    if (!is_there && satisfier_.is_wanted_text(plan, state.text, state.length)) return true;
    std::vector<char32_t> next;
    for (const auto& rest : rests)
      if (!rest.empty()) next.push_back(rest[0]);
    std::ranges::sort(next);
    next.erase(std::ranges::unique(next).begin(), next.end());
    const auto after = [&](char32_t code_point) {
      MachineState moved = state;
      moved.text = shape.text->step(state.text, code_point);
      if (moved.length < std::min<uint64_t>(shape.max_length, kMaxLength)) ++moved.length;
      return moved;
    };
    const auto is_alive = [&](char32_t code_point) { return string_is_alive(after(code_point)); };
    char32_t begin = 0;
    for (const char32_t code_point : next) {
      if (code_point > begin && shape.text->visit_classes(state.text, {begin, code_point - 1}, is_alive))
        return true;
      begin = code_point + 1;
    }
    if (shape.text->visit_classes(state.text, {begin, kMaxCodePoint}, is_alive)) return true;
    for (const char32_t code_point : next)
      if (const MachineState moved = after(code_point); string_is_alive(moved))
        stack.emplace_back(moved, rests_behind(rests, {{code_point}}));
  }
  return false;
}

bool SchemaAutomaton::number_can_be_fresh(const MachineState& first, std::span<const uint32_t> items) {
  const PlanId plan = satisfier_.plan(frames_[first.frame].goal, kNumber);
  const Shape& shape = child_shape(frames_[first.frame], kNumber);
  std::vector<MachineState> met{first};
  for (size_t i = 0; i < met.size(); ++i) {
    if (i > kMaxNumbers) return true;
    const MachineState state = met[i];
    if (satisfier_.is_wanted_number(plan, state.text) &&
        !std::ranges::binary_search(items, known_.number(state.known)))
      return true;
    for (const char byte : kNumberBytes) {
      MachineState next = state;
      next.text = shape.numbers->step(state.text, uint8_t(byte));
      if (next.text == NumberProduct::kNoState || !satisfier_.can_complete_number(plan, next.text)) continue;
      next.known = known_.append(state.known, char32_t(byte));
      met.push_back(next);
    }
  }
  return false;
}

std::vector<uint32_t> SchemaAutomaton::values_alike(const MachineState& state) {
  std::vector<FrameId> chain;  // what is open and remembered, from the outside in
  for (FrameId id = state.frame; id != 0 && frames_[id].records(); id = frames_[id].parent)
    chain.push_back(id);
  std::ranges::reverse(chain);
  std::vector<uint32_t> alike;
  for (const FrameId id : chain) {
    const Frame frame = frames_[id];
    const Shape& shape = shape_of(frame);
    const Facts facts = facts_of(frame);
    std::erase_if(alike,
                  [&](uint32_t value) { return !known_.begins_with(value, shape.type, facts.values); });
    if (frame.route == kNoRoute) break;  // nothing inside of it is under way
    const uint32_t place = shape.type == kArray ? uint32_t(facts.values.size()) : frame.key;
    std::vector<uint32_t> parts;
    for (const uint32_t value : alike)
      if (const auto part = known_.part(value, place)) parts.push_back(*part);
    alike = std::move(parts);
    const bool is_unique =
        std::ranges::any_of(shape.atoms, [](const Atom& atom) { return atom.type == Atom::Type::kUnique; });
    // Where items must differ for certain, begin_item() and can_become_fresh() see to those right inside.
    const bool is_seen_to = id == state.frame && satisfier_.plan(frame.plan).is_unique;
    if (is_unique && !is_seen_to) alike.insert(alike.end(), facts.others.begin(), facts.others.end());
  }
  return alike;
}

bool SchemaAutomaton::differs(const MachineState& state, std::span<const uint32_t> values) {
  const GoalId goal = frames_[state.frame].goal;
  uint32_t value = 0;
  if (state.mode == Mode::kString) {
    const PlanId plan = satisfier_.plan(goal, kString);
    if (state.place != 0 || !satisfier_.is_wanted_text(plan, state.text, state.length)) return false;
    value = known_.string(state.known);
  } else if (state.mode == Mode::kNumber) {
    if (!satisfier_.is_wanted_number(satisfier_.plan(goal, kNumber), state.text)) return false;
    value = known_.number(state.known);
  } else {
    return false;
  }
  return std::ranges::find(values, value) == values.end();
}

bool SchemaAutomaton::may_repeat(const MachineState& state) {
  if (state.frame == 0 || !frames_[state.frame].records()) return false;
  const std::vector<uint32_t> alike = values_alike(state);
  if (alike.empty() || differs(state, alike)) return false;
  if (state.mode == Mode::kValue) return !satisfier_.is_endless(frames_[state.frame].goal);
  return without_text(state) == state;
}

}  // namespace hearth::grammar
