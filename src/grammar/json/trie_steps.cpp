#include <algorithm>

#include "grammar/json/schema_automaton.h"
#include "grammar/json/string_lexer.h"
#include "grammar/mask/byte_trie.h"
#include "grammar/trie_walk.h"

// Texts whose every code point is remembered have a state each. A walk through a vocabulary need not make
// them: inside of a text they are all alive, and what ends one is left to be stepped.

namespace hearth::grammar {

namespace {

struct Place {
  StringPlace string;
  uint32_t node = 0;  ///< of a key
};

bool may_be_of(const LoopSet& set, CodePointSpan span) {
  return !span.empty() && set.touches(span.first, span.last);
}

void set_values(const ByteTrie& trie, uint32_t node, std::span<uint64_t> words) {
  const auto nodes = trie.nodes();
  const auto values = trie.values();
  for (uint32_t i = nodes[node].first_value; i < nodes[node + 1].first_value; ++i)
    words[values[i] / 64] |= uint64_t(1) << (values[i] % 64);
}

}  // namespace

bool SchemaAutomaton::walk(StateId id, TrieWalk& walk) {
  const MachineState state = states_[id];
  if ((state.mode != Mode::kString && state.mode != Mode::kKey) || state.place != 0) return false;
  if (state.mode == Mode::kString && walk_made(state, walk)) return true;
  const Loop inside = remembered_loop(state);
  if (inside.count != Loop::kEndless) return false;
  const ByteTrie& trie = *walk.trie;
  const auto nodes = trie.nodes();
  std::vector<Place> places(trie.max_depth() + 1);
  places[0] = {{}, state.node};
  const Shape* const shape = state.mode == Mode::kKey ? &shape_of(frames_[state.frame]) : nullptr;
  for (uint32_t i = 0; i < trie.num_nodes();) {
    const auto byte = uint8_t(nodes[i].byte);
    const Place& before = places[nodes[i].depth - 1];
    const StringStep step = step_string(before.string, byte, form_.escapes);
    const bool is_plain =
        step.type == StringStep::Type::kCodePoint && before.string.part != StringPlace::Part::kEscape;
    const bool stays =
        is_plain && (step.code_point < 128 ? inside.set.ascii[step.code_point]
                                           : inside.set.touches(step.code_point, step.code_point));
    const bool may_stay = step.type == StringStep::Type::kInside &&
                          step.place.part == StringPlace::Part::kUtf8 &&
                          may_be_of(inside.set, possible_code_points(step.place, form_.escapes).spans[0]);
    if (walk.dead[byte]) {
      // nothing goes on so
    } else if (walk.foreign[byte]) {
      if (!walk.foreign_at_end[byte]) walk.open.push_back(i);
    } else if (stays || may_stay) {
      set_values(trie, i, walk.words);
      Place& behind = places[nodes[i].depth];
      behind = {stays ? StringPlace{} : step.place, before.node};
      if (shape != nullptr && stays) behind.node = step_node(*shape, before.node, step.code_point);
      ++i;
      continue;
    } else if (step.type != StringStep::Type::kWrong) {
      walk.open.push_back(i);
    }
    i = nodes[i].end;
  }
  return fuel().take(trie.num_nodes() / 16);
}

Loop SchemaAutomaton::remembered_loop(const MachineState& state) {
  if (state.known == KnownValues::kForgottenText) return {};  // loop() says it
  const Frame frame = frames_[state.frame];
  if (state.mode == Mode::kString) {
    const Shape& shape = child_shape(frame, kString);
    if (!frame.records() || state.length < shape.max_length) return {};
    return shape.text->loop(state.text);
  }
  if (!frame.records() && !frame.is_strict()) return {};
  const ShapeId shape = satisfier_.plan(frame.plan).shape;
  if (satisfier_.shape(shape).num_patterns > 0 || satisfier_.names(shape) != nullptr) return {};
  if (!other_is_allowed(state)) return {};
  return {LoopSet::json_text(), Loop::kEndless};
}

bool SchemaAutomaton::walk_made(const MachineState& state, TrieWalk& walk) {
  const auto sole = sole_language(state);
  if (!sole || frames_[state.frame].records()) return false;
  for (size_t byte = 0; byte < 0x20; ++byte) walk.dead.set(byte);
  walk.foreign.set('\\').set('"');
  walk.foreign_at_end.set('"');
  return sole->language->walk(sole->state, walk, fuel());
}

}  // namespace hearth::grammar
