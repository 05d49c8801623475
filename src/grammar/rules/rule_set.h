#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/code_point_set.h"
#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "grammar/rules/byte_dfa.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

/// Rules in the making: what GBNF, Lark and structural tags are read into, and what writes grammars in C++.
/// An expression is made from those inside of it, and may be used in several places (each is a copy);
/// nothing is checked before compile_rules().
class RuleSet {
 public:
  using ExprId = uint32_t;
  using RuleId = uint32_t;
  static constexpr uint32_t kUnbounded = UINT32_MAX;

  /// The empty text.
  ExprId empty() { return sequence({}); }
  /// Of UTF-8.
  ExprId literal(std::string_view text);
  /// One code point of the set.
  ExprId code_points(CodePointSet set);
  ExprId control(TokenId id);
  /// A control token that is none of these.
  ExprId control_but(std::vector<TokenId> excluded);
  ExprId sequence(std::span<const ExprId> parts);
  ExprId sequence(std::initializer_list<ExprId> parts) { return sequence(std::span(parts)); }
  ExprId alternative(std::span<const ExprId> choices);
  ExprId alternative(std::initializer_list<ExprId> choices) { return alternative(std::span(choices)); }
  ExprId optional(ExprId part) { return repeat(part, 0, 1); }
  ExprId repeat(ExprId part, uint32_t min, uint32_t max = kUnbounded);
  ExprId rule(RuleId id);
  /// A text of another grammar, whose automaton runs inside.
  ExprId nested(GrammarPtr grammar);
  /// Any text, without control tokens, in which none of `excluded` occurs. Behind it may come what begins
  /// with one of them, and then is not part of it.
  ExprId free_text(std::vector<std::string> excluded);
  /// Free text up to the end of the first of the markers that is complete (of two that end together the
  /// longer one), none of `excluded` before it.
  ExprId text_until(std::vector<std::string> markers, std::vector<std::string> excluded = {});

  /// A rule to be defined later; its name is for errors.
  RuleId declare(std::string name);
  void define(RuleId id, ExprId expr);
  bool is_defined(RuleId id) const { return rules_[id].expr != kNoExpr; }
  RuleId add_rule(std::string name, ExprId expr) {
    const RuleId id = declare(std::move(name));
    define(id, expr);
    return id;
  }

 private:
  friend class RuleCompiler;
  static constexpr ExprId kNoExpr = UINT32_MAX;
  enum class Kind : uint8_t {
    kLiteral,
    kCodePoints,
    kControl,
    kControlBut,
    kSequence,
    kAlternative,
    kRepeat,
    kRule,
    kNested,
    kFreeText,
    kTextUntil,
  };
  struct Expr {
    Kind kind;
    uint32_t first = 0;  ///< in children_ and the like, or an id
    uint32_t count = 0;
    uint32_t min = 0, max = 0;
  };
  struct Rule {
    std::string name;
    ExprId expr = kNoExpr;
  };

  ExprId add(Expr expr);
  ExprId add_list(Kind kind, std::span<const ExprId> parts);

  std::vector<Expr> exprs_;
  std::vector<ExprId> children_;
  std::string literals_;
  std::vector<CodePointSet> sets_;
  std::vector<std::vector<TokenId>> token_lists_;
  std::vector<std::vector<std::string>> text_lists_;
  std::vector<GrammarPtr> grammars_;
  std::vector<Rule> rules_;
};

/// The texts of a rule. Errors name the rule: kInvalidArgument for one that is used and not defined, or of
/// which no text is ever complete; kResourceLimit.
Result<GrammarPtr> compile_rules(const RuleSet& rules, RuleSet::RuleId root, const Limits& limits);

}  // namespace hearth::grammar
