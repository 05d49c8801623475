#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/regex/alike_states.h"
#include "grammar/regex/alphabet.h"
#include "grammar/regex/dfa_table.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

class TextDfa;
using TextDfaPtr = std::shared_ptr<const TextDfa>;

/// A regular language of texts: a deterministic automaton over Unicode scalar values, minimal, without a
/// state from which nothing can be accepted. Surrogates lead to kDeadState. Immutable, shared by threads.
class TextDfa final : public TextLanguage {
 public:
  /// Of any automaton, which is trimmed and minimized here.
  TextDfa(const Alphabet& alphabet, const DfaTable& table)
      : TextDfa(of_minimal(alphabet, minimized(table))) {}
  /// Of one that is minimal and trimmed already.
  static TextDfa of_minimal(const Alphabet& alphabet, const DfaTable& table);

  StateId start() const override { return start_; }
  StateId step(StateId state, char32_t code_point) const {
    return step_class(state, alphabet_.class_of(code_point));
  }
  StateId step(StateId state, char32_t code_point) override {
    return std::as_const(*this).step(state, code_point);
  }
  bool accepts(StateId state) const override { return accepting_[state]; }
  /// Whether every text is alive that goes on from here.
  bool goes_on_always(StateId state) const { return goes_on_[state]; }
  bool accepts_all(StateId state) const override { return state != kDeadState && state == all_; }
  Loop loop(StateId state) const override;
  /// The code points that lead from one state to another.
  LoopSet steps_between(StateId from, StateId to) const;

  /// AlikeStates::depth, made with the first question.
  uint32_t alike_depth(StateId a, StateId b) const;

  /// No text is of the language.
  bool empty() const { return start_ == kDeadState; }
  /// Whether it accepts `text`, which is UTF-8.
  bool matches(std::string_view text) const;

  /// How many code points are missing at least until a text from here (alive) is accepted.
  uint32_t least_rest(StateId state) const { return least_rest_[state]; }
  /// How many there can be at most; nullopt: any number, infinitely many texts go on from here.
  std::optional<uint32_t> longest_rest(StateId state) const {
    return longest_rest_[state] == kEndlessRest ? std::nullopt : std::optional(longest_rest_[state]);
  }

  /// For searches through products (JointAlphabet): no code point is tried twice for the same class.
  const Alphabet& alphabet() const { return alphabet_; }
  StateId step_class(StateId state, uint32_t class_id) const {
    if (!dense_.empty()) return dense_[size_t(state) * alphabet_.num_classes() + class_id];
    return step_sparse(state, class_id);
  }
  /// Calls visit(class_id, next) for each class that leads on from an alive state.
  template <typename Visit>
  void for_each_edge(StateId state, Visit visit) const {
    if (dense_.empty()) {
      for (uint32_t i = edge_begin_[state]; i < edge_begin_[state + 1]; ++i)
        visit(uint32_t(edge_classes_[i]), edge_targets_[i]);
      return;
    }
    const StateId* row = dense_.data() + size_t(state) * alphabet_.num_classes();
    for (uint32_t c = 1; c < alphabet_.num_classes(); ++c)
      if (row[c] != kDeadState) visit(c, row[c]);
  }
  /// States are 0 (kDeadState) to num_states() - 1.
  uint32_t num_states() const { return uint32_t(accepting_.size()); }
  size_t memory_size() const;

 private:
  TextDfa() = default;
  StateId step_sparse(StateId state, uint32_t class_id) const;
  void keep_edges(DfaTable table);
  void find_endless(const DfaTable& table);

  struct LazyAlike {
    std::once_flag once;
    std::optional<AlikeStates> states;
  };

  Alphabet alphabet_;
  std::unique_ptr<LazyAlike> alike_ = std::make_unique<LazyAlike>();
  StateId start_ = kDeadState, all_ = kDeadState;
  std::vector<bool> accepting_, goes_on_;
  std::vector<uint32_t> least_rest_, longest_rest_;
  std::vector<StateId> dense_;  ///< [state, class]; or, where most would be dead, the edges of each state:
  std::vector<uint32_t> edge_begin_;
  std::vector<uint16_t> edge_classes_;
  std::vector<StateId> edge_targets_;
};

}  // namespace hearth::grammar
