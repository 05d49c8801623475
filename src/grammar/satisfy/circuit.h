#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::grammar {

/// What is known of an assertion while its value is being read.
enum class Truth : uint8_t { kNo, kYes, kOpen };

using FormulaId = uint32_t;
inline constexpr FormulaId kNever = 0, kAlways = 1;

/// Boolean formulas over numbered atoms. A formula's parts have smaller ids than itself; constants are folded
/// while it is built.
class Circuit {
 public:
  enum class Operation : uint8_t { kConstant, kAtom, kNot, kAnd, kOr, kOne };
  struct Node {
    Operation operation;
    uint32_t first = 0, count = 0;  ///< of the parts; first: which atom
  };

  Circuit();
  FormulaId atom(uint32_t index);
  FormulaId negation(FormulaId formula);
  FormulaId all(std::span<const FormulaId> formulas);
  FormulaId any(std::span<const FormulaId> formulas);
  /// Exactly one.
  FormulaId one(std::span<const FormulaId> formulas);
  FormulaId implies(FormulaId condition, FormulaId consequence);

  uint32_t size() const { return uint32_t(nodes_.size()); }
  const Node& node(FormulaId id) const { return nodes_[id]; }
  std::span<const FormulaId> parts(FormulaId id) const {
    const Node& node = nodes_[id];
    return node.count == 0 ? std::span<const FormulaId>() : std::span(parts_).subspan(node.first, node.count);
  }
  size_t memory_size() const {
    return nodes_.capacity() * sizeof(Node) + parts_.capacity() * sizeof(FormulaId);
  }

  /// What each formula is; `of_atom(index, values)` says it of an atom, and may look at the formulas made
  /// before the atom. `refuted`: formulas that are known to be false.
  template <typename OfAtom>
  void evaluate(std::vector<Truth>& values, OfAtom of_atom, std::span<const FormulaId> refuted = {}) const {
    values.resize(nodes_.size());
    values[kNever] = Truth::kNo;
    values[kAlways] = Truth::kYes;
    const auto is_refuted = [&](FormulaId id) { return std::ranges::find(refuted, id) != refuted.end(); };
    for (FormulaId id = 2; id < nodes_.size(); ++id)
      values[id] = nodes_[id].operation == Operation::kAtom
                       ? of_atom(nodes_[id].first, std::span<const Truth>(values))
                   : is_refuted(id) ? Truth::kNo
                                    : combine(id, values);
  }

 private:
  FormulaId add(Operation operation, std::span<const FormulaId> parts);
  FormulaId join(Operation operation, std::span<const FormulaId> formulas, FormulaId neutral);
  Truth combine(FormulaId id, std::span<const Truth> values) const;

  std::vector<Node> nodes_;
  std::vector<FormulaId> parts_;
};

inline Truth negated(Truth truth) {
  return truth == Truth::kOpen ? truth : truth == Truth::kYes ? Truth::kNo : Truth::kYes;
}

}  // namespace hearth::grammar
