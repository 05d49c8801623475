#include "grammar/rules/gbnf.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/printable.h"
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

/// Reads rule by rule; open groups are in a list of their own, so that nothing recurses.
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
  struct Item {
    ExprId expr;
    size_t place;
    bool is_negated_token;  ///< which must be repeated
  };
  /// What is read of one list of choices.
  struct Group {
    size_t place;
    std::vector<ExprId> choices;
    std::vector<Item> items;  ///< of the choice that is being read
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
    groups_.clear();
    groups_.push_back({cursor_.place(), {}, {}});
    for (;;) {
      skip_space();
      if (cursor_.at_end() || at_rule()) break;
      TRY(read_part());
    }
    if (groups_.size() > 1) return cursor_.error_at(groups_.back().place, "this ( has no )");
    TRY(end_choice());
    rules_.define(rule, rules_.alternative(groups_.back().choices));
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

  Status add(ExprId expr, size_t place, bool is_negated_token = false) {
    TRY(check_repeated());
    groups_.back().items.push_back({expr, place, is_negated_token});
    return {};
  }

  Status check_repeated() {
    const auto& items = groups_.back().items;
    if (items.empty() || !items.back().is_negated_token) return {};
    return cursor_.located(ErrorCode::kUnsupported, items.back().place,
                           "a negated token is taken directly under * or + alone: tokens are not counted");
  }

  Status end_choice() {
    TRY(check_repeated());
    Group& group = groups_.back();
    std::vector<ExprId> parts;
    for (const Item& item : group.items) parts.push_back(item.expr);
    group.choices.push_back(rules_.sequence(parts));
    group.items.clear();
    return {};
  }

  Status open_group() {
    if (groups_.size() > limits_.max_depth) {
      return cursor_.located(ErrorCode::kResourceLimit, cursor_.place(),
                             fmt::format("groups are nested deeper than {}", limits_.max_depth));
    }
    groups_.push_back({cursor_.place(), {}, {}});
    cursor_.skip();
    return {};
  }

  Status close_group() {
    if (groups_.size() == 1) return cursor_.error("this ) has no (");
    cursor_.skip();
    Group& group = groups_.back();
    const size_t place = group.place;
    if (group.choices.empty() && group.items.size() == 1 && group.items[0].is_negated_token) {
      const Item item = group.items[0];
      groups_.pop_back();
      return add(item.expr, item.place, true);
    }
    TRY(end_choice());
    const ExprId expr = rules_.alternative(groups_.back().choices);
    groups_.pop_back();
    return add(expr, place);
  }

  Status read_repeat() {
    auto& items = groups_.back().items;
    if (items.empty()) return cursor_.error("there is nothing here to repeat");
    uint32_t min = 0, max = RuleSet::kUnbounded;
    const char sign = cursor_.peek();
    const size_t place = cursor_.place();
    cursor_.skip();
    if (sign == '+') min = 1;
    if (sign == '?') max = 1;
    if (sign == '{') TRY(read_counts(min, max));
    if (min > max) return cursor_.error_at(place, "this repeats between {} and {} times", min, max);
    Item& item = items.back();
    if (item.is_negated_token && (min > 1 || max != RuleSet::kUnbounded)) return check_repeated();
    item = {rules_.repeat(item.expr, min, max), item.place, false};
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
    char32_t value = 0;
    switch (escape) {
      case 'x':
        value = TRY(cursor_.hexadecimal(2));
        break;
      case 'u':
        value = TRY(cursor_.hexadecimal(4));
        break;
      case 'U':
        value = TRY(cursor_.hexadecimal(8));
        break;
      default:
        return simple_escape(escape, place);
    }
    if (value > kMaxCodePoint || (value >= 0xD800 && value <= 0xDFFF)) {
      return cursor_.error_at(place, "this escape is no character");
    }
    return value;
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
  std::vector<Group> groups_;
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
