#include "grammar/rules/gbnf.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "grammar/rules/expr_stack.h"
#include "grammar/rules/rule_set.h"
#include "grammar/rules/source_cursor.h"
#include "grammar/rules/token_reference.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

using ExprId = RuleSet::ExprId;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Reads rule by rule; open groups are in an ExprStack, so that nothing recurses.
class GbnfReader {
 public:
  GbnfReader(std::string_view text, const GbnfOptions& options, const Limits& limits)
      : cursor_(text), options_(options), limits_(limits) {}

  Result<GrammarPtr> compile() {
    skip_space();
    while (!cursor_.at_end()) TRY(read_rule());
    for (const auto& [name, use] : used_) {
      if (!rules_.is_defined(use.rule)) {
        return cursor_.error_at(use.place, "rule {} is not defined", hearth::quoted(name));
      }
    }
    const auto root = used_.find(options_.root);
    if (root == used_.end()) {
      return fail(ErrorCode::kInvalidArgument, "the grammar has no rule {}", hearth::quoted(options_.root));
    }
    return compile_rules(rules_, root->second.rule, limits_);
  }

 private:
  struct Use {
    RuleSet::RuleId rule;
    size_t place;  ///< of its first mention
  };
  void skip_space() {
    for (;; cursor_.skip()) {
      if (cursor_.peek() == '#') cursor_.skip_line();
      const char c = cursor_.peek();
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
    }
  }

  std::string_view take_name() {
    const size_t begin = cursor_.place();
    while (is_name_char(cursor_.peek())) cursor_.skip();
    return cursor_.since(begin);
  }

  /// Whether a rule begins here: a name and ::=.
  bool at_rule() {
    const size_t begin = cursor_.place();
    const bool has_name = !take_name().empty();
    while (cursor_.peek() == ' ' || cursor_.peek() == '\t') cursor_.skip();
    const bool found = has_name && cursor_.is_next("::=");
    cursor_.go_to(begin);
    return found;
  }

  RuleSet::RuleId rule_named(std::string_view name, size_t place) {
    const auto [it, is_new] = used_.try_emplace(std::string(name));
    if (is_new) it->second = {rules_.declare(it->first), place};
    return it->second.rule;
  }

  Status read_rule() {
    if (!at_rule()) return cursor_.error("a rule is wanted here: name ::= ...");
    const size_t place = cursor_.place();
    const std::string_view name = take_name();
    const RuleSet::RuleId rule = rule_named(name, place);
    if (rules_.is_defined(rule))
      return cursor_.error_at(place, "rule {} is defined twice", hearth::quoted(name));
    skip_space();
    cursor_.skip(3);
    stack_.begin(cursor_.place());
    for (;;) {
      skip_space();
      if (cursor_.at_end() || at_rule()) break;
      TRY(read_part());
    }
    if (stack_.depth() > 0) return cursor_.error_at(stack_.place(), "this ( has no )");
    TRY(check_repeated());
    rules_.define(rule, stack_.close().expr);
    return {};
  }

  Status read_part() {
    const size_t place = cursor_.place();
    switch (cursor_.peek()) {
      case '"':
        return add(TRY(read_literal()), place);
      case '[':
        return add(TRY(read_class()), place);
      case '.':
        cursor_.skip();
        return add(rules_.code_points(CodePointSet::all()), place);
      case '<':
      case '!':
        return read_token();
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '|':
        cursor_.skip();
        return end_choice();
      case '*':
      case '+':
      case '?':
      case '{':
        return read_repeat();
      default:
        break;
    }
    if (!is_name_char(cursor_.peek())) return cursor_.error("a part of a rule is wanted here");
    const std::string_view name = take_name();
    return add(rules_.rule(rule_named(name, place)), place);
  }

  Status add(ExprId expr, size_t place, bool must_be_repeated = false) {
    TRY(check_repeated());
    stack_.add({expr, place, must_be_repeated});
    return {};
  }

  Status check_repeated() {
    const auto* last = stack_.last();
    if (last == nullptr || !last->must_be_repeated) return {};
    return cursor_.located(ErrorCode::kUnsupported, last->place,
                           "a negated token is taken directly under * or + alone: tokens are not counted");
  }

  Status end_choice() {
    TRY(check_repeated());
    stack_.end_choice();
    return {};
  }

  Status open_group() {
    if (stack_.depth() == limits_.max_depth) {
      return cursor_.located(ErrorCode::kResourceLimit, cursor_.place(),
                             fmt::format("groups are nested deeper than {}", limits_.max_depth));
    }
    stack_.open(cursor_.place(), '(');
    cursor_.skip();
    return {};
  }

  Status close_group() {
    if (stack_.depth() == 0) return cursor_.error("this ) has no (");
    cursor_.skip();
    const ExprStack::Part group = stack_.close();
    return add(group.expr, group.place, group.must_be_repeated);
  }

  Status read_repeat() {
    auto* last = stack_.last();
    if (last == nullptr) return cursor_.error("there is nothing here to repeat");
    uint32_t min = 0, max = RuleSet::kUnbounded;
    const char sign = cursor_.peek();
    const size_t place = cursor_.place();
    cursor_.skip();
    if (sign == '+') min = 1;
    if (sign == '?') max = 1;
    if (sign == '{') TRY(read_counts(min, max));
    if (min > max) return cursor_.error_at(place, "this repeats between {} and {} times", min, max);
    if (min > 1 || max != RuleSet::kUnbounded) TRY(check_repeated());
    *last = {rules_.repeat(last->expr, min, max), last->place};
    return {};
  }

  Status read_counts(uint32_t& min, uint32_t& max) {
    skip_space();
    min = max = TRY(cursor_.number());
    skip_space();
    if (cursor_.take(",")) {
      skip_space();
      max = cursor_.peek() == '}' ? RuleSet::kUnbounded : TRY(cursor_.number());
      skip_space();
    }
    if (!cursor_.take("}")) return cursor_.error("a }} is wanted here");
    return {};
  }

  Result<ExprId> read_literal() {
    cursor_.skip();
    std::string text;
    while (cursor_.peek() != '"') append_utf8(text, TRY(read_char()));
    cursor_.skip();
    return rules_.literal(text);
  }

  Result<ExprId> read_class() {
    const size_t place = cursor_.place();
    cursor_.skip();
    const bool is_negated = cursor_.take("^");
    std::vector<CodePointRange> ranges;
    while (cursor_.peek() != ']') {
      const char32_t first = TRY(read_char());
      char32_t last = first;
      if (cursor_.peek() == '-' && cursor_.peek(1) != ']') {
        cursor_.skip();
        last = TRY(read_char());
      }
      if (first > last) return cursor_.error_at(place, "a range of this class is backwards");
      ranges.push_back({first, last});
    }
    cursor_.skip();
    if (ranges.empty()) return cursor_.error_at(place, "this class is empty");
    const CodePointSet set(std::move(ranges));
    return rules_.code_points(is_negated ? set.complement() : set);
  }

  /// One character of a literal or a class.
  Result<char32_t> read_char() {
    const size_t place = cursor_.place();
    if (cursor_.peek() != '\\') return cursor_.code_point();
    cursor_.skip();
    const char32_t escape = TRY(cursor_.code_point());
    const std::optional<char32_t> numeric = TRY(cursor_.numeric_escape(escape, place));
    return numeric ? Result<char32_t>(*numeric) : simple_escape(escape, place);
  }

  Result<char32_t> simple_escape(char32_t escape, size_t place) const {
    static constexpr std::u32string_view kLetters = U"ntrabfve0", kValues = {U"\n\t\r\a\b\f\v\x1B\0", 9};
    if (const size_t at = kLetters.find(escape); at != kLetters.npos) return kValues[at];
    const bool is_letter = is_name_char(char(escape)) && escape != '-' && escape != '_';
    if (escape > 0x20 && escape < 0x7F && !is_letter) return escape;
    return cursor_.error_at(place, "this escape is not known");
  }

  Status read_token() {
    const size_t place = cursor_.place();
    const bool is_negated = cursor_.take("!");
    if (cursor_.peek() != '<') return cursor_.error("a token is wanted here: <[id]> or <spelling>");
    const TokenReference token = TRY(read_token_reference(cursor_, options_.hooks));
    if (!is_negated) return add(token.expr(rules_), place);
    if (!token.text.empty()) {
      return cursor_.located(ErrorCode::kUnsupported, place, "a negated token must be a control token");
    }
    const auto text = rules_.code_points(CodePointSet::all());
    return add(rules_.alternative({text, rules_.control_but({token.control})}), place, true);
  }

  SourceCursor cursor_;
  const GbnfOptions& options_;
  const Limits& limits_;
  RuleSet rules_;
  std::unordered_map<std::string, Use> used_;
  ExprStack stack_{rules_};
};

}  // namespace

Result<GrammarPtr> compile_gbnf(std::string_view text, const GbnfOptions& options, const Limits& limits) {
  if (text.size() > limits.max_source_size) {
    return fail(ErrorCode::kResourceLimit, "the grammar has {} bytes; the limit is {}", text.size(),
                limits.max_source_size);
  }
  return GbnfReader(text, options, limits).compile();
}

}  // namespace hearth::grammar
