#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "grammar/automaton.h"
#include "grammar/satisfy/circuit.h"

namespace hearth::grammar {

/// A formula, or its negation, that must hold.
struct Literal {
  FormulaId formula;
  bool positive;
  bool operator==(const Literal&) const = default;
};

/// Where an atom is made true, one of some formulas must be true as well.
struct Obligation {
  FormulaId atom;
  std::vector<FormulaId> any_of;
};

/// Searches the assignments of open atoms that make formulas true (an analytic tableau). Where `defers`, what
/// must be false in one of several ways is left to the caller to judge by itself: exact only where such
/// choices do not depend on each other, and never exponential in their number.
class Tableau {
 public:
  /// `values`: what is known of each formula of the circuit.
  Tableau(const Circuit& circuit, std::span<const Truth> values, bool defers, uint32_t max_branches,
          Fuel& fuel, std::span<const Obligation> obligations = {});

  /// Calls `found` for each assignment, until it returns true. Returns whether one did, or the branches
  /// ended.
  bool search(std::vector<Literal> goals, FunctionRef<bool()> found);
  /// The branches ended before the search did.
  bool gave_up() const { return gave_up_; }

  /// While `found` runs: by formula of an atom; and the conjunctions (positive: disjunctions) to be refuted.
  Truth assigned(FormulaId atom) const { return assignment_[atom]; }
  std::span<const FormulaId> atoms() const { return trail_; }
  std::span<const FormulaId> deferred() const { return deferred_; }

 private:
  enum class Outcome : uint8_t { kDone, kConflict, kBranch };

  bool expand(std::vector<Literal> goals);
  /// Takes the goals that leave no choice; kBranch: `choice_` is the goal that does.
  Outcome settle(std::vector<Literal>& goals, Literal& choice);
  Outcome settle_one(Literal goal, std::vector<Literal>& goals);
  Outcome settle_obligation(const Obligation& obligation, std::vector<Literal>& goals) const;
  void add_obligations(FormulaId atom, std::vector<Literal>& goals) const;
  /// The obligation that a goal stands for: as formulas behind those of the circuit. Null: none.
  const Obligation* obligation_of(FormulaId formula) const {
    return formula < assignment_.size() ? nullptr : &obligations_[formula - assignment_.size()];
  }
  bool branch(const std::vector<Literal>& goals, Literal choice);
  bool try_with(const std::vector<Literal>& goals, std::span<const Literal> more);
  void undo(size_t trail_size, size_t deferred_size);

  const Circuit* circuit_;
  std::span<const Truth> values_;
  std::span<const Obligation> obligations_;
  bool defers_;
  bool gave_up_ = false;
  uint32_t branches_left_;
  uint32_t depth_ = 0;
  Fuel* fuel_;
  FunctionRef<bool()>* found_ = nullptr;
  std::vector<Truth> assignment_;
  std::vector<FormulaId> trail_, deferred_;
};

}  // namespace hearth::grammar
