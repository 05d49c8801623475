#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grammar/json/schema_automaton.h"

namespace hearth::grammar {

/// Moves states into new pools, with the frames and the remembered values that they need.
class SchemaAutomaton::Keeper {
 public:
  explicit Keeper(SchemaAutomaton& automaton) : from_(automaton), mover_(automaton.known_, known_) {
    states_.intern({});
    keep_frame(0);
  }

  StateId keep(StateId id) {
    if (id == kDeadState) return id;
    MachineState state = from_.states_[id];
    state.frame = keep_frame(state.frame);
    if (state.known != KnownValues::kForgottenText) state.known = mover_.text(state.known);
    const StateId kept = states_.intern(state);
    if (const auto example = from_.examples_.find(id); example != from_.examples_.end())
      examples_[kept] = example->second;
    return kept;
  }

  void finish() {
    from_.states_ = std::move(states_);
    from_.frames_ = std::move(frames_);
    from_.facts_ = std::move(facts_);
    from_.known_ = std::move(known_);
    from_.examples_ = std::move(examples_);
  }

 private:
  FrameId keep_frame(FrameId id) {
    std::vector<FrameId> chain;  // from the inside out, as far as it is not kept yet
    for (FrameId next = id; !kept_.contains(next); next = from_.frames_[next].parent) {
      chain.push_back(next);
      if (next == 0) break;
    }
    std::ranges::reverse(chain);
    for (const FrameId next : chain) kept_[next] = frames_.intern(next == 0 ? from_.frames_[0] : moved(next));
    return kept_.at(id);
  }

  Frame moved(FrameId id) {
    Frame frame = from_.frames_[id];
    const bool is_object = from_.shape_of(frame).type == kObject;
    Facts facts = from_.facts_of(frame);
    for (uint32_t& other : facts.others) other = is_object ? mover_.text(other) : mover_.value(other);
    std::ranges::sort(facts.others);
    for (size_t i = 0; i < facts.values.size(); ++i) {
      uint32_t& value = facts.values[i];
      value = is_object && i % 2 == 0 ? mover_.text(value) : mover_.value(value);
    }
    facts.write(list_);
    frame.facts = facts_.intern(list_);
    frame.parent = kept_.at(frame.parent);
    frame.key = mover_.text(frame.key);
    return frame;
  }

  SchemaAutomaton& from_;
  RecordPool<MachineState> states_;
  RecordPool<Frame> frames_;
  ListPool facts_;
  KnownValues known_;
  KnownValues::Mover mover_;
  std::unordered_map<FrameId, FrameId> kept_;
  std::vector<uint32_t> list_;
  std::unordered_map<StateId, Example> examples_;
};

void SchemaAutomaton::keep_only(std::span<StateId> kept) {
  Keeper keeper(*this);
  start_ = keeper.keep(start_);
  for (StateId& id : kept) id = keeper.keep(id);
  keeper.finish();
  key_memos_.clear();
  other_questions_ = {};
  other_answers_.clear();
}

}  // namespace hearth::grammar
