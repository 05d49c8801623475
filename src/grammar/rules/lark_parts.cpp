// The parts that rules and terminals of a Lark grammar are made of.

#include <utility>

#include "base/printable.h"
#include "grammar/regex/text_grammar.h"
#include "grammar/rules/lark_reader.h"
#include "grammar/rules/token_reference.h"
#include "grammar/schema/json_document.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

Status LarkReader::read_part() {
  const char c = cursor_.peek();
  switch (c) {
    case '"':
      return read_string();
    case '/':
      return read_expression();
    case '<':
      return read_token();
    case '%':
      return read_inline();
    case '(':
    case '[':
      return open_group();
    case ')':
    case ']':
      return close_group();
    case '|':
      cursor_.skip();
      stack_.end_choice();
      return {};
    case '*':
    case '+':
    case '?':
    case '~':
    case '{':
      return read_repeat();
    case '&':
      return unsupported(cursor_.place(), "the operator &");
    case '@':
      return unsupported(cursor_.place(), "a reference to another grammar");
    default:
      break;
  }
  if (cursor_.take("->")) {
    // A name for Lark's tree.
    skip_blanks();
    return take_name().empty() ? cursor_.error("a name is wanted here") : Status();
  }
  return read_name();
}

Status LarkReader::add(ExprId expr, size_t place) {
  stack_.add({expr, place});
  return {};
}

Status LarkReader::add_terminal(ExprId expr, size_t place) {
  return add(in_terminal_ ? expr : rules_.sequence({expr, rules_.rule(*ignored_rule_)}), place);
}

Result<RuleSet::ExprId> LarkReader::expression(std::string_view pattern, const RegexOptions& options,
                                               size_t place) {
  auto language = regex_language(pattern, limits_, options);
  if (!language) return cursor_.located(language.error().code, place, language.error().message);
  return rules_.nested(std::make_shared<TextGrammar>(*std::move(language)));
}

Result<char32_t> LarkReader::escaped_char() {
  if (cursor_.peek() != '\\') return cursor_.code_point();
  const size_t place = cursor_.place();
  cursor_.skip();
  const char32_t escape = TRY(cursor_.code_point());
  if (const std::optional<char32_t> numeric = TRY(cursor_.numeric_escape(escape, place))) return *numeric;
  static constexpr std::u32string_view kLetters = U"ntrfv\\\"'/", kValues = U"\n\t\r\f\v\\\"'/";
  if (const size_t at = kLetters.find(escape); at != kLetters.npos) return kValues[at];
  return cursor_.error_at(place, "this escape is not known");
}

Result<std::string> LarkReader::string_text() {
  cursor_.skip();
  std::string text;
  while (cursor_.peek() != '"') {
    if (cursor_.peek() == '\n') return cursor_.error("a string ends with its line");
    append_utf8(text, TRY(escaped_char()));
  }
  cursor_.skip();
  return text;
}

Status LarkReader::read_string() {
  const size_t place = cursor_.place();
  const std::string text = TRY(string_text());
  const size_t behind = cursor_.place();
  skip_blanks();
  if (cursor_.take("..")) return read_range_end(text, place);
  cursor_.go_to(behind);
  if (!cursor_.take("i")) return add_terminal(rules_.literal(text), place);
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("\\^$.*+?()[]{}|/").contains(c)) pattern += '\\';
    pattern += c;
  }
  RegexOptions options;
  options.ignore_case = true;
  return add_terminal(TRY(expression(pattern, options, place)), place);
}

Status LarkReader::read_range_end(std::string_view begin, size_t place) {
  skip_blanks();
  if (cursor_.peek() != '"') return cursor_.error("the end of a range is wanted here");
  const std::string end = TRY(string_text());
  if (count_code_points(begin) != 1 || count_code_points(end) != 1) {
    return cursor_.error_at(place, "a range goes from one character to another");
  }
  const char32_t first = next_utf8(begin).code_point, last = next_utf8(end).code_point;
  if (first > last) return cursor_.error_at(place, "this range is backwards");
  return add_terminal(rules_.code_points(CodePointSet({{first, last}})), place);
}

Status LarkReader::read_expression() {
  const size_t place = cursor_.place();
  cursor_.skip();
  const size_t begin = cursor_.place();
  while (cursor_.peek() != '/') {
    if (cursor_.at_end() || cursor_.peek() == '\n') return cursor_.error_at(place, "this / has no other");
    cursor_.skip(cursor_.peek() == '\\' && cursor_.peek(1) != '\0' ? 2 : 1);
  }
  const std::string_view pattern = cursor_.since(begin);
  cursor_.skip();
  RegexOptions options;
  for (;; cursor_.skip()) {
    switch (cursor_.peek()) {
      case 'i':
        options.ignore_case = true;
        continue;
      case 'm':
        options.multiline = true;
        continue;
      case 's':
        options.dot_all = true;
        continue;
      case 'u':
        continue;
      case 'l':
      case 'x':
        return unsupported(cursor_.place(), fmt::format("the flag {}", cursor_.peek()));
      default:
        return add_terminal(TRY(expression(pattern, options, place)), place);
    }
  }
}

Status LarkReader::read_token() {
  const size_t place = cursor_.place();
  if (in_terminal_) return cursor_.error("a control token stands in a terminal");
  const TokenReference token = TRY(read_token_reference(cursor_, hooks_));
  return add_terminal(token.expr(rules_), place);
}

/// %json and a schema.
Status LarkReader::read_inline() {
  const size_t place = cursor_.place();
  cursor_.skip();
  const std::string_view name = take_name();
  if (name != "json") return unsupported(place, fmt::format("%{}", name));
  if (in_terminal_) return cursor_.error_at(place, "%json stands in a terminal");
  if (!hooks_.compile_schema) return unsupported(place, "%json");
  skip_space();
  const size_t begin = cursor_.place();
  if (cursor_.peek() != '{') return cursor_.error("a schema is wanted here");
  size_t depth = 0;
  bool in_string = false;
  do {
    const char c = cursor_.peek();
    if (cursor_.at_end()) return cursor_.error_at(begin, "this schema has no end");
    if (in_string && c == '\\' && cursor_.peek(1) != '\0') cursor_.skip();
    if (c == '"') in_string = !in_string;
    if (!in_string && c == '{') ++depth;
    if (!in_string && c == '}') --depth;
    cursor_.skip();
  } while (depth > 0);
  auto grammar = hooks_.compile_schema(std::string(cursor_.since(begin)));
  if (!grammar) return cursor_.located(grammar.error().code, place, grammar.error().message);
  return add_terminal(rules_.nested(*std::move(grammar)), place);
}

Status LarkReader::open_group() {
  if (stack_.depth() == limits_.max_depth) {
    return cursor_.located(ErrorCode::kResourceLimit, cursor_.place(),
                           fmt::format("groups are nested deeper than {}", limits_.max_depth));
  }
  stack_.open(cursor_.place(), cursor_.peek());
  cursor_.skip();
  return {};
}

Status LarkReader::close_group() {
  const char bracket = stack_.bracket();
  if (bracket == '\0' || (bracket == '(') != (cursor_.peek() == ')')) {
    return cursor_.error("this {} closes nothing", cursor_.peek());
  }
  cursor_.skip();
  const ExprStack::Part group = stack_.close();
  return add(bracket == '[' ? rules_.optional(group.expr) : group.expr, group.place);
}

Status LarkReader::read_repeat() {
  const size_t place = cursor_.place();
  const char sign = cursor_.peek();
  auto* last = stack_.last();
  if (last == nullptr) {
    return sign == '~' ? unsupported(place, "the operator ~ before a part")
                       : cursor_.error("there is nothing here to repeat");
  }
  cursor_.skip();
  uint32_t min = 0, max = RuleSet::kUnbounded;
  if (sign == '+') min = 1;
  if (sign == '?') max = 1;
  if (sign == '~') {
    skip_blanks();
    if (cursor_.peek() < '0' || cursor_.peek() > '9')
      return unsupported(place, "the operator ~ before a part");
    min = max = TRY(cursor_.number());
    if (cursor_.take("..")) max = TRY(cursor_.number());
  }
  if (sign == '{') TRY(read_range_of_counts(min, max));
  if (min > max) return cursor_.error_at(place, "this repeats between {} and {} times", min, max);
  *last = {rules_.repeat(last->expr, min, max), last->place};
  return {};
}

Status LarkReader::read_range_of_counts(uint32_t& min, uint32_t& max) {
  skip_blanks();
  if (cursor_.peek() != ',') min = max = TRY(cursor_.number());
  skip_blanks();
  if (cursor_.take(",")) {
    skip_blanks();
    max = cursor_.peek() == '}' ? RuleSet::kUnbounded : TRY(cursor_.number());
    skip_blanks();
  }
  if (!cursor_.take("}")) return cursor_.error("a }} is wanted here");
  return {};
}

}  // namespace hearth::grammar
