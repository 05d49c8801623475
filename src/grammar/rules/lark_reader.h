#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "grammar/limits.h"
#include "grammar/regex/languages.h"
#include "grammar/rules/expr_stack.h"
#include "grammar/rules/grammar_hooks.h"
#include "grammar/rules/rule_set.h"
#include "grammar/rules/source_cursor.h"

namespace hearth::grammar {

/// Reads the text of a Lark grammar into rules.
class LarkReader {
 public:
  LarkReader(std::string_view text, const GrammarHooks& hooks, const Limits& limits)
      : cursor_(text), hooks_(hooks), limits_(limits) {}

  Result<GrammarPtr> compile();

 private:
  using ExprId = RuleSet::ExprId;
  struct Use {
    RuleSet::RuleId rule;
    size_t place;  ///< of its first mention
  };

  Status read_statement();
  Status read_definition();
  Status read_directive();
  Status read_import();
  Status import_terminal(std::string_view name, std::string_view alias, size_t place);
  /// Up to the next definition or directive.
  Result<ExprId> read_choices();
  Status read_part();
  Status read_name();
  Status read_string();
  Status read_range_end(std::string_view begin, size_t place);
  Status read_expression();
  Status read_inline();
  Status read_token();
  Status open_group();
  Status close_group();
  Status read_repeat();
  Status read_range_of_counts(uint32_t& min, uint32_t& max);

  Status add(ExprId expr, size_t place);
  /// A terminal in a rule, behind which what is ignored may come.
  Status add_terminal(ExprId expr, size_t place);
  Result<ExprId> expression(std::string_view pattern, const RegexOptions& options, size_t place);
  Result<std::string> string_text();
  Result<char32_t> escaped_char();

  Result<RuleSet::RuleId> named(std::string_view name, size_t place);
  std::string_view take_name();
  bool at_definition();
  void skip_space();
  void skip_blanks();
  std::unexpected<Error> unsupported(size_t place, std::string_view what) const;

  SourceCursor cursor_;
  const GrammarHooks& hooks_;
  const Limits& limits_;
  RuleSet rules_;
  ExprStack stack_{rules_};
  std::unordered_map<std::string, Use> used_;
  std::vector<ExprId> ignored_;
  std::optional<RuleSet::RuleId> ignored_rule_;  ///< any number of what is ignored
  bool in_terminal_ = false;
  static constexpr size_t kMaxOptionsSize = 1000;
};

}  // namespace hearth::grammar
