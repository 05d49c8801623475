// The statements of a Lark grammar: rules, terminals and directives. What they say is in lark_parts.cpp.

#include "grammar/rules/lark_reader.h"

#include <utility>

#include "base/printable.h"
#include "grammar/rules/lark_common.h"

namespace hearth::grammar {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_name_begin(char c) { return is_name_char(c) && c != '-' && (c < '0' || c > '9'); }

/// Terminals have capital letters alone.
bool is_terminal(std::string_view name) {
  return name.find_first_of("abcdefghijklmnopqrstuvwxyz") == name.npos;
}

}  // namespace

Result<GrammarPtr> LarkReader::compile() {
  ignored_rule_ = rules_.declare("%ignore");
  skip_space();
  while (!cursor_.at_end()) {
    TRY(read_statement());
    skip_space();
  }
  for (const auto& [name, use] : used_) {
    if (!rules_.is_defined(use.rule)) {
      return cursor_.error_at(use.place, "{} is not defined", hearth::quoted(name));
    }
  }
  const auto start = used_.find("start");
  if (start == used_.end()) return fail(ErrorCode::kInvalidArgument, "the grammar has no rule \"start\"");
  rules_.define(*ignored_rule_, rules_.repeat(rules_.alternative(ignored_), 0));
  return compile_rules(rules_, start->second.rule, limits_);
}

void LarkReader::skip_blanks() {
  while (cursor_.peek() == ' ' || cursor_.peek() == '\t') cursor_.skip();
}

void LarkReader::skip_space() {
  for (;; cursor_.skip()) {
    while (cursor_.peek() == '#' || cursor_.is_next("//")) cursor_.skip_line();
    const char c = cursor_.peek();
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
  }
}

std::string_view LarkReader::take_name() {
  const size_t begin = cursor_.place();
  if (!is_name_begin(cursor_.peek())) return {};
  while (is_name_char(cursor_.peek())) cursor_.skip();
  return cursor_.since(begin);
}

/// Whether a definition begins here: a name, perhaps with a sign before it, a priority, options or
/// parameters, and then a colon.
bool LarkReader::at_definition() {
  const size_t begin = cursor_.place();
  while (cursor_.peek() == '?' || cursor_.peek() == '!') cursor_.skip();
  bool found = !take_name().empty();
  if (cursor_.peek() == '.') {
    cursor_.skip();
    while (cursor_.peek() >= '0' && cursor_.peek() <= '9') cursor_.skip();
  }
  const char bracket = cursor_.peek();
  if (bracket == '[' || bracket == '{') {
    const std::string_view rest = cursor_.rest().substr(0, kMaxOptionsSize);
    const size_t end = rest.find_first_of(bracket == '[' ? "]\n" : "}\n");
    cursor_.skip(end == rest.npos ? 0 : end + 1);
  }
  skip_blanks();
  found = found && cursor_.peek() == ':';
  cursor_.go_to(begin);
  return found;
}

Status LarkReader::read_statement() {
  if (cursor_.peek() == '%') return read_directive();
  if (!at_definition()) return cursor_.error("a rule, a terminal or a directive is wanted here");
  return read_definition();
}

Result<RuleSet::RuleId> LarkReader::named(std::string_view name, size_t place) {
  const auto [it, is_new] = used_.try_emplace(std::string(name));
  if (is_new) it->second = {rules_.declare(it->first), place};
  return it->second.rule;
}

Status LarkReader::read_definition() {
  // ? and ! say what Lark's tree looks like, a priority which of several trees it is.
  while (cursor_.peek() == '?' || cursor_.peek() == '!') cursor_.skip();
  const size_t place = cursor_.place();
  const std::string_view name = take_name();
  if (cursor_.take(".")) TRY(cursor_.number());
  if (cursor_.peek() == '[') return unsupported(cursor_.place(), "options of rules");
  if (cursor_.peek() == '{') return unsupported(cursor_.place(), "templates");
  skip_blanks();
  cursor_.skip();
  const RuleSet::RuleId rule = TRY(named(name, place));
  if (rules_.is_defined(rule)) return cursor_.error_at(place, "{} is defined twice", hearth::quoted(name));
  in_terminal_ = is_terminal(name);
  rules_.define(rule, TRY(read_choices()));
  return {};
}

Status LarkReader::read_directive() {
  const size_t place = cursor_.place();
  cursor_.skip();
  const std::string_view name = take_name();
  skip_blanks();
  if (name == "import") return read_import();
  if (name == "ignore") {
    in_terminal_ = true;
    ignored_.push_back(TRY(read_choices()));
    return {};
  }
  if (name == "llguidance") {
    if (!cursor_.take("{}")) return unsupported(place, "options of %llguidance");
    return {};
  }
  return unsupported(place, fmt::format("%{}", name));
}

Status LarkReader::read_import() {
  const size_t place = cursor_.place();
  if (!cursor_.take("common")) return unsupported(place, "imports from elsewhere than common");
  skip_blanks();
  if (cursor_.take(".")) {
    const std::string_view name = take_name();
    skip_blanks();
    if (!cursor_.take("->")) return import_terminal(name, name, place);
    skip_blanks();
    return import_terminal(name, take_name(), place);
  }
  if (!cursor_.take("(")) return cursor_.error("a . or ( is wanted here");
  do {
    skip_space();
    const std::string_view name = take_name();
    TRY(import_terminal(name, name, place));
    skip_space();
  } while (cursor_.take(","));
  if (!cursor_.take(")")) return cursor_.error("a ) is wanted here");
  return {};
}

Status LarkReader::import_terminal(std::string_view name, std::string_view alias, size_t place) {
  const auto pattern = lark_common_terminal(name);
  if (!pattern) return unsupported(place, fmt::format("common.{}", name));
  if (alias.empty()) return cursor_.error("a name is wanted here");
  const RuleSet::RuleId rule = TRY(named(alias, place));
  if (rules_.is_defined(rule)) return cursor_.error_at(place, "{} is defined twice", hearth::quoted(alias));
  rules_.define(rule, TRY(expression(*pattern, {}, place)));
  return {};
}

Result<RuleSet::ExprId> LarkReader::read_choices() {
  stack_.begin(cursor_.place());
  for (;;) {
    skip_space();
    const bool at_directive = cursor_.peek() == '%' && !cursor_.is_next("%json") &&
                              !cursor_.is_next("%regex") && !cursor_.is_next("%lark");
    if (cursor_.at_end() || at_directive || at_definition()) break;
    TRY(read_part());
  }
  if (stack_.depth() > 0) return cursor_.error_at(stack_.place(), "this {} is not closed", stack_.bracket());
  return stack_.close().expr;
}

Status LarkReader::read_name() {
  const size_t place = cursor_.place();
  const std::string_view name = take_name();
  if (name.empty()) return cursor_.error("a part of a rule is wanted here");
  if (cursor_.peek() == '{' && !(cursor_.peek(1) >= '0' && cursor_.peek(1) <= '9') &&
      cursor_.peek(1) != ',') {
    return unsupported(place, "templates");
  }
  const ExprId expr = rules_.rule(TRY(named(name, place)));
  if (is_terminal(name)) return add_terminal(expr, place);
  if (in_terminal_) return cursor_.error_at(place, "the rule {} stands in a terminal", hearth::quoted(name));
  return add(expr, place);
}

std::unexpected<Error> LarkReader::unsupported(size_t place, std::string_view what) const {
  return cursor_.located(ErrorCode::kUnsupported, place, fmt::format("{} is not supported", what));
}

}  // namespace hearth::grammar
