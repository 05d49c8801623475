#pragma once

#include <cstddef>
#include <vector>

#include "grammar/rules/rule_set.h"

namespace hearth::grammar {

/// An expression while it is read: groups that are open, in each the choices so far and the parts of the last
/// one. Its depth is this list's, not the stack's.
class ExprStack {
 public:
  struct Part {
    RuleSet::ExprId expr;
    size_t place;                   ///< in the source
    bool must_be_repeated = false;  ///< means something under * and + alone
  };

  explicit ExprStack(RuleSet& rules) : rules_(rules) {}

  /// Starts anew, with the whole as the only group.
  void begin(size_t place);
  void open(size_t place, char bracket);
  /// Ends the group that was opened last: what is in it as one part, which its caller adds.
  Part close();
  void add(Part part) { groups_.back().parts.push_back(part); }
  /// The last part of the choice; nullptr where it has none.
  Part* last() { return groups_.back().parts.empty() ? nullptr : &groups_.back().parts.back(); }
  void end_choice();

  /// Of open groups, the whole not counted.
  size_t depth() const { return groups_.size() - 1; }
  size_t place() const { return groups_.back().place; }
  char bracket() const { return groups_.back().bracket; }

 private:
  struct Group {
    size_t place;
    char bracket;
    std::vector<RuleSet::ExprId> choices;
    std::vector<Part> parts;
  };

  RuleSet& rules_;
  std::vector<Group> groups_;
};

}  // namespace hearth::grammar
