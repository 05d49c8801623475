#include <utility>

#include "grammar/regex/languages.h"
#include "grammar/regex/regex_program.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

Result<TextDfaPtr> compile(std::string_view pattern, const RegexOptions& options, const Anchoring& anchoring,
                           const Limits& limits, Fuel& fuel) {
  const Expression expression = TRY(parse_expression(pattern, options, limits));
  auto language = RegexCompiler(expression, limits, fuel).compile(expression.root, anchoring);
  if (!language)
    return fail(language.error().code, "regular expression \"{}\": {}", sanitize_utf8(pattern.substr(0, 80)),
                language.error().message);
  return std::make_shared<const TextDfa>(std::move(*language));
}

}  // namespace

Result<TextDfaPtr> pattern_language(std::string_view pattern, const Limits& limits) {
  Fuel fuel{limits.compile_fuel, false};
  return pattern_language(pattern, limits, fuel);
}

Result<TextDfaPtr> pattern_language(std::string_view pattern, const Limits& limits, Fuel& fuel) {
  return compile(pattern, {}, {.any_start = true, .any_end = true}, limits, fuel);
}

Result<TextDfaPtr> regex_language(std::string_view pattern, const Limits& limits,
                                  const RegexOptions& options) {
  Fuel fuel{limits.compile_fuel, false};
  return compile(pattern, options, {}, limits, fuel);
}

}  // namespace hearth::grammar
