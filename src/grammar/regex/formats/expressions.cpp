#include <fmt/format.h>

#include "grammar/regex/formats/format_expressions.h"

namespace hearth::grammar {
namespace {

/// a-a to a-z and so on: ranges in the right order.
std::string ranges() {
  std::string all;
  for (const auto& [first, last] : {std::pair('0', '9'), std::pair('A', 'Z'), std::pair('a', 'z')})
    for (char c = first; c <= last; ++c)
      all += fmt::format("{}{}-[{}-{}]", all.empty() ? "" : "|", c, c, last);
  return "(?:" + all + ")";
}

/// Bounds in the right order, of which the lesser one has one digit.
std::string quantifier() {
  std::string bounds;
  for (int least = 0; least <= 9; ++least)
    bounds += fmt::format("|{},(?:[{}-9]|[1-9]\\d{{1,2}})", least, least);
  return "(?:[*+?]|\\{(?:\\d{1,3},?" + bounds + ")\\})\\??";
}

constexpr std::string_view kCharacterEscape =
    "\\\\(?:[dDwWsStnvfr^$\\\\.*+?()[\\]{}|/"
    "]|0(?!\\d)|c[A-Za-z]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\\{(?:[0-9A-Fa-f]{1,5}|"
    "10[0-9A-Fa-f]{4})\\}|[pP]\\{(?:L[ulmot]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|Letter|Alphabetic|"
    "Any|ASCII)\\})";

}  // namespace

std::string regex_expression() {
  const std::string in_class = fmt::format("(?:[^\\\\\\]\\-]|\\\\-|\\\\b|{})", kCharacterEscape);
  // A hyphen stands for itself first or last; elsewhere it makes a range.
  const std::string character_class = fmt::format("\\[\\^?-?(?:{}|{}(?!-(?!\\])))*-?\\]", ranges(), in_class);
  const std::string repeated = fmt::format("(?:{})?", quantifier());
  const std::string term = fmt::format("\\^|\\$|\\\\[bB]|(?:[^\\^$\\\\.*+?()[\\]{{}}|]|\\.|{}|{}){}|\\|",
                                       kCharacterEscape, character_class, repeated);
  const std::string flat = fmt::format("(?:{})*", term);
  std::string inner = flat;
  for (int depth = 0; depth < 3; ++depth)
    inner = fmt::format("(?:{}|\\((?:\\?:)?{}\\){}|\\(\\?<?[=!]{}\\))*", term, inner, repeated, flat);
  return inner;
}

}  // namespace hearth::grammar
