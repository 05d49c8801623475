#include <algorithm>

#include "grammar/json/schema_automaton.h"

// What strings and keys say of many texts at once, for masks.

namespace hearth::grammar {

bool SchemaAutomaton::remembers(const MachineState& state) const {
  const Frame& frame = frames_[state.frame];
  const bool recalls = frame.records() || (state.mode == Mode::kKey && frame.is_strict());
  return recalls && state.known != KnownValues::kForgottenText;
}

bool SchemaAutomaton::goes_on_always(const MachineState& state) {
  if (state.mode == Mode::kKey) return key_goes_on_always(state);
  const Plan& plan = satisfier_.plan(satisfier_.plan(frames_[state.frame].goal, kString));
  const TextProduct& product = *satisfier_.shape(plan.shape).text;
  return plan.is_open || std::ranges::any_of(plan.texts, [&](const TextWish& wish) {
           return product.can_always_satisfy(wish, state.text);
         });
}

uint32_t SchemaAutomaton::alike_depth(StateId a, StateId b) {
  const MachineState state = states_[a];
  MachineState other = states_[b];
  const uint32_t text = other.text;
  other.text = state.text;
  if (state.mode != Mode::kString || state.place != 0 || !(state == other)) return 0;
  const Plan& plan = satisfier_.plan(satisfier_.plan(frames_[state.frame].goal, kString));
  const TextProduct& product = *satisfier_.shape(plan.shape).text;
  const bool is_alive_by_itself = !plan.is_open && std::ranges::all_of(plan.texts, [&](const TextWish& wish) {
    return product.is_sole_regular(wish, state.length);
  });
  return is_alive_by_itself ? product.alike_depth(state.text, text) : 0;
}

const ByteGroups* SchemaAutomaton::groups(StateId id) {
  const MachineState state = states_[id];
  if ((state.mode != Mode::kString && state.mode != Mode::kKey) || state.place != 0 || remembers(state))
    return nullptr;
  if (state.mode == Mode::kString) return child_shape(frames_[state.frame], kString).text->groups();
  const ShapeId shape = satisfier_.plan(frames_[state.frame].plan).shape;
  const std::span<const uint32_t> node = nodes_.at(state.node);
  if (node[0] != node[1]) return nullptr;  // some bytes lead on to listed keys
  const Satisfier::Names* const names = satisfier_.names(shape);
  if (names == nullptr) return satisfier_.shape(shape).text->groups();
  return satisfier_.shape(shape).num_patterns == 0 ? satisfier_.shape(names->shape).text->groups() : nullptr;
}

}  // namespace hearth::grammar
