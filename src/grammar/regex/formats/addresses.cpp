#include <fmt/format.h>

#include "grammar/code_point_set.h"
#include "grammar/regex/formats/format_expressions.h"

namespace hearth::grammar {
namespace {

#include "grammar/regex/formats/idna_sets.inc"

/// The members of a class, as they stand between its brackets.
template <size_t size>
std::string spelled(const CodePointRange (&ranges)[size]) {
  std::string members;
  for (const auto& [first, last] : ranges)
    members += fmt::format("\\u{{{:x}}}-\\u{{{:x}}}", uint32_t(first), uint32_t(last));
  return members;
}

constexpr std::string_view kLabel = "(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
constexpr std::string_view kDots = ".\\u3002\\uFF0E\\uFF61";

}  // namespace

std::string ipv4_expression() {
  return "(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
}

std::string ipv6_expression() {
  const std::string group = "[0-9A-Fa-f]{1,4}";
  const std::string last_two = fmt::format("(?:{}:{}|{})", group, group, ipv4_expression());
  std::string forms = fmt::format("(?:{}:){{6}}{}", group, last_two);
  // `::` and behind it `rest` groups at most, the last two of them as an address of IPv4 or not.
  for (int rest = 7; rest >= 0; --rest) {
    forms += rest == 7 ? "|" : fmt::format("|(?:(?:{}:){{0,{}}}{})?", group, 6 - rest, group);
    forms += "::";
    if (rest >= 2)
      forms += fmt::format("(?:{}:){{{}}}{}", group, rest - 2, last_two);
    else if (rest == 1)
      forms += group;
  }
  return "(?:" + forms + ")";
}

std::string hostname_expression() { return fmt::format("{}(?:\\.{})*", kLabel, kLabel); }

std::string idn_hostname_expression() {
  const std::string valid = spelled(kValid), mark = spelled(kMark), virama = spelled(kVirama);
  const std::string in_label = fmt::format("[^{}]", kDots);
  // The code points that RFC 5892, appendix A, takes only beside others.
  const std::string middle_dot = "l(?:\\u00B7l)+";
  const std::string keraia = "\\u0375(?=\\p{sc=Greek})";
  const std::string joined = fmt::format("[{}][\\u200C\\u200D]", virama);
  const std::string katakana = "[\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Han}]";
  const std::string label = fmt::format(
      "(?![{}-]|..--|{}*-(?:[{}]|$))(?={}{{1,11}}(?:[{}]|$))(?:(?!{}*\\u30FB)|(?={}*{}))(?:[{}]|{}|{}|{}|"
      "\\u30FB)+",
      mark, in_label, kDots, in_label, kDots, in_label, in_label, katakana, valid, middle_dot, keraia,
      joined);
  return fmt::format("(?:{}|{})(?:[{}](?:{}|{})){{0,2}}", kLabel, label, kDots, kLabel, label);
}

std::string email_local_part_expression() {
  return "(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@|"
         "\"(?:[ !#-\\[\\]-~]|\\\\[ -~]){0,31}\"@";
}

std::string idn_email_local_part_expression() {
  // So long in UTF-8, whose bytes are counted by the sizes of code points.
  const std::string atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u{80}-\\u{10FFFF}-]+";
  return fmt::format(
      "(?=[^@]{{1,16}}@|[\\0-\\u07FF]{{1,32}}@|[\\0-\\x7F]{{1,64}}@){}(?:\\.{})*@|"
      "\"(?:[ !#-\\[\\]-~\\u{{80}}-\\u{{10FFFF}}]|\\\\[ -~]){{0,15}}\"@",
      atom, atom);
}

std::string address_literal_expression() {
  return fmt::format("\\[(?:{}|IPv6:{})\\]", ipv4_expression(), ipv6_expression());
}

}  // namespace hearth::grammar
