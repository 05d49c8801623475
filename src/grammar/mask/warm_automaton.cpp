#include "grammar/mask/warm_automaton.h"

#include <algorithm>

namespace hearth::grammar {
namespace {

constexpr size_t kMaxMaskSize = size_t(4) << 20;
constexpr size_t kStepsBetweenChecks = 1024;

}  // namespace

WarmAutomaton::WarmAutomaton(std::unique_ptr<Automaton> automaton, TokenTablePtr tokens, const Limits& limits)
    : tokens_(std::move(tokens)),
      limits_(limits),
      max_size_(limits.max_automaton_size),
      automaton_(std::move(automaton)),
      steps_(*automaton_),
      cache_(std::min(kMaxMaskSize, limits.max_automaton_size / 4)),
      builder_(*tokens_, *automaton_, steps_, cache_),
      closings_(*tokens_, *automaton_, steps_) {}

StateId WarmAutomaton::step(StateId state, std::string_view bytes) {
  for (const char byte : bytes) {
    if (state == kDeadState) break;
    state = steps_.step(state, uint8_t(byte));
  }
  return state;
}

void WarmAutomaton::mask(StateId state, std::span<uint64_t> words) {
  if (cache_.get(state, words)) return;
  builder_.build(state, words);
  if (!is_exhausted()) cache_.put(state, words);
}

void WarmAutomaton::mask_within(StateId state, uint32_t most, std::span<uint64_t> words) {
  const auto known = worst_.find(state);
  if (known != worst_.end() && known->second <= most) return mask(state, words);
  const uint32_t worst = builder_.build_within(state, most, closings_, words);
  if (!is_exhausted()) worst_[state] = worst;
}

bool WarmAutomaton::is_too_large() {
  if (steps_.num_computed() < next_check_) return false;  // adding it up takes a while
  next_check_ = steps_.num_computed() + kStepsBetweenChecks;
  return memory_size() > max_size_;
}

void WarmAutomaton::keep_only(std::span<StateId> states) {
  steps_.clear();
  cache_.clear();
  closings_.clear();
  builder_.clear();
  worst_.clear();
  automaton_->keep_only(states);
  // What must stay may be large by itself: then the next time comes once as much has been added.
  max_size_ = std::max(limits_.max_automaton_size, memory_size() * 2);
}

size_t WarmAutomaton::memory_size() const {
  return automaton_->memory_size() + steps_.memory_size() + cache_.memory_size() + closings_.memory_size() +
         worst_.size() * 32;
}

}  // namespace hearth::grammar
