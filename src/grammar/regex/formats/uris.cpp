#include <fmt/format.h>

#include "grammar/regex/formats/format_expressions.h"

namespace hearth::grammar {
namespace {

constexpr std::string_view kPercent = "%[0-9A-Fa-f]{2}";
constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";

/// ucschar and iprivate of RFC 3987.
std::string beyond_ascii() {
  std::string ranges = "\\u00A0-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFEF";
  for (int plane = 1; plane <= 14; ++plane)
    ranges += fmt::format("\\u{{{:X}}}-\\u{{{:X}FFFD}}", plane == 14 ? 0xE1000 : plane << 16, plane);
  return ranges;
}
constexpr std::string_view kPrivate = "\\uE000-\\uF8FF\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}";

}  // namespace

std::string uri_expression(UriForm form) {
  const std::string unreserved = "A-Za-z0-9._~" + (form.international ? beyond_ascii() : "");
  // A hyphen stands last in each class.
  const auto of = [&](std::string_view more) {
    return fmt::format("(?:[{}{}{}-]|{})", unreserved, kSubDelimiters, more, kPercent);
  };
  const std::string segment_character = of(":@"), no_colon = of("@");
  const std::string literal =
      fmt::format("\\[(?:{}|[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~{}:-]+)\\]", ipv6_expression(), kSubDelimiters);
  const std::string authority = fmt::format("(?:{}*@)?(?:{}|{}*)(?::\\d*)?", of(":"), literal, of(""));
  const std::string segments = fmt::format("(?:/{}*)*", segment_character);
  const std::string network = fmt::format("//{}{}", authority, segments);
  const std::string absolute = fmt::format("/(?:{}+{})?", segment_character, segments);
  const std::string tail = fmt::format(
      "(?:\\?{}*)?(?:#{}*)?", of(form.international ? fmt::format(":@/?{}", kPrivate) : ":@/?"), of(":@/?"));
  std::string uri = fmt::format("[A-Za-z][A-Za-z0-9+.-]*:(?:{}|{}|{}+{}|){}", network, absolute,
                                segment_character, segments, tail);
  if (form.reference) uri += fmt::format("|(?:{}|{}|{}+{}|){}", network, absolute, no_colon, segments, tail);
  return uri;
}

std::string uri_template_expression() {
  const std::string literal =
      fmt::format("(?:[!#$&'(-;=?-\\[\\]_a-z~{}{}]|{})", beyond_ascii(), kPrivate, kPercent);
  const std::string character = fmt::format("(?:[A-Za-z0-9_]|{})", kPercent);
  const std::string variable = fmt::format("{}(?:\\.?{})*(?::[1-9]\\d{{0,3}}|\\*)?", character, character);
  return fmt::format("(?:{}|\\{{[+#./;?&]?{}(?:,{})*\\}})*", literal, variable, variable);
}

}  // namespace hearth::grammar
