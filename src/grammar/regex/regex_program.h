#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "grammar/regex/expression.h"
#include "grammar/regex/text_dfa.h"

namespace hearth::grammar {

/// What stands before a place in a text, as far as an assertion asks.
enum class Before : uint8_t { kNothing, kWord, kLineEnd, kOther };
inline constexpr size_t kNumBefore = 4;

/// A condition on what comes next: a text of `language` begins there (which goes on with anything), or, where
/// `negated`, none does.
struct Condition {
  TextDfaPtr language;
  bool negated = false;
};

/// An expression as a nondeterministic program, whose parts name the part that comes next.
struct RegexProgram {
  enum class Op : uint8_t {
    kMatch,
    kSet,        ///< reads one code point of sets[value]
    kSplit,      ///< goes on at `next` or at `value`
    kCondition,  ///< conditions[value], for each Before, must hold
    kStart,      ///< ^; where `value`, at each line's
  };
  struct Part {
    Op op = Op::kMatch;
    uint32_t next = 0, value = 0;
  };

  std::vector<Part> parts;  ///< the first is kMatch
  uint32_t start = 0;
  std::vector<CodePointSet> sets;
  std::vector<std::array<uint32_t, kNumBefore>> looks;  ///< of each Before the condition that stands for it
  std::vector<Condition> conditions;
  bool asks_words = false, asks_lines = false;  ///< of what stands before
};

/// Where a program starts and ends in a text.
struct Anchoring {
  bool any_start = false;  ///< it may begin anywhere
  bool any_end = false;    ///< anything may follow
  Before before = Before::kNothing;
};

/// The deterministic automaton of a program.
Result<TextDfa> determinized(const RegexProgram& program, const Anchoring& anchoring, const Limits& limits,
                             Fuel& fuel);

/// An expression's program, with the languages of its lookaheads.
class RegexCompiler {
 public:
  RegexCompiler(const Expression& expression, const Limits& limits, Fuel& fuel)
      : expression_(expression), limits_(limits), fuel_(fuel) {}
  Result<TextDfa> compile(uint32_t node, const Anchoring& anchoring);

 private:
  /// What assertions of a node ask of what stands before it: whether anything does, and what.
  struct Asked {
    bool start = false, lines = false, words = false;
  };
  /// A lookahead: what may come where it holds, by what stands before it.
  struct Look {
    Asked asked;
    std::array<TextDfaPtr, kNumBefore> languages;
  };

  Result<RegexProgram> program_of(uint32_t node);
  uint32_t emit(RegexProgram& program, uint32_t node, uint32_t next);
  uint32_t emit_repeat(RegexProgram& program, const Expression::Node& node, uint32_t next);
  uint32_t emit_look(RegexProgram& program, const Expression::Node& node, uint32_t next);
  uint32_t add(RegexProgram& program, RegexProgram::Part part);
  Result<Look> compile_look(uint32_t node);
  Asked asked_before(uint32_t node) const;

  const Expression& expression_;
  const Limits& limits_;
  Fuel& fuel_;
  Status status_;
  std::unordered_map<uint32_t, Look> looks_;  ///< by node
};

}  // namespace hearth::grammar
