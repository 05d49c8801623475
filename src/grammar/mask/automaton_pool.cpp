#include "grammar/mask/automaton_pool.h"

#include <utility>

namespace hearth::grammar {

AutomatonPool::AutomatonPool(GrammarPtr grammar, TokenTablePtr tokens, const Limits& limits)
    : grammar_(std::move(grammar)), tokens_(std::move(tokens)), limits_(limits) {}

std::unique_ptr<WarmAutomaton> AutomatonPool::lease() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<WarmAutomaton> automaton = std::move(idle_.back());
      idle_.pop_back();
      return automaton;
    }
  }
  return std::make_unique<WarmAutomaton>(grammar_->make_automaton(), tokens_, limits_);
}

void AutomatonPool::give_back(std::unique_ptr<WarmAutomaton> automaton) {
  const std::scoped_lock lock(mutex_);
  size_t size = automaton->memory_size();
  for (const auto& idle : idle_) size += idle->memory_size();
  if (idle_.size() < kMaxIdle && size <= kMaxIdleSize) idle_.push_back(std::move(automaton));
}

size_t AutomatonPool::memory_size() const {
  const std::scoped_lock lock(mutex_);
  size_t size = sizeof(*this) + grammar_->memory_size();
  for (const auto& idle : idle_) size += idle->memory_size();
  return size;
}

}  // namespace hearth::grammar
