#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "grammar/mask/warm_automaton.h"

namespace hearth::grammar {

/// The automata of one grammar and vocabulary that no text uses at the moment, for the next one to start
/// warm. Bounded; safe to share between threads.
class AutomatonPool {
 public:
  static constexpr size_t kMaxIdle = 4;
  static constexpr size_t kMaxIdleSize = size_t(32) << 20;  ///< bytes of all that wait

  AutomatonPool(GrammarPtr grammar, TokenTablePtr tokens, const Limits& limits);

  /// One that waits, the warmest first, or a new one.
  std::unique_ptr<WarmAutomaton> lease();
  void give_back(std::unique_ptr<WarmAutomaton> automaton);

  const Grammar& grammar() const { return *grammar_; }
  const TokenTablePtr& tokens() const { return tokens_; }
  const Limits& limits() const { return limits_; }
  size_t memory_size() const;

 private:
  GrammarPtr grammar_;
  TokenTablePtr tokens_;
  Limits limits_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<WarmAutomaton>> idle_;  ///< given back last last
};

}  // namespace hearth::grammar
