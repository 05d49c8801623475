#pragma once

#include <string>

namespace hearth::grammar {

// Expressions of ECMA-262 that match a format from start to end.

std::string date_expression();       ///< RFC 3339, with the lengths of months and leap years
std::string time_expression();       ///< with leap seconds where it is 23:59:60 in UTC
std::string date_time_expression();  ///< with those at the end of June and of December
std::string duration_expression();   ///< RFC 3339, appendix A

std::string ipv4_expression();
std::string ipv6_expression();  ///< RFC 4291, as RFC 3986 writes it

std::string hostname_expression();  ///< RFC 1123, but for the length of all; without A-labels (xn--)
/// RFC 5890 to 5892: names of at most three labels, from left to right, and of at most 11 characters where
/// they are not of ASCII, which is short enough in Punycode, whose length no regular language can tell.
std::string idn_hostname_expression();
std::string email_local_part_expression();      ///< RFC 5321, at most 64 octets
std::string idn_email_local_part_expression();  ///< RFC 6531, at most 64 octets; quoted, 31 characters
std::string address_literal_expression();

struct UriForm {
  bool international = false;  ///< RFC 3987 in place of RFC 3986
  bool reference = false;      ///< or a relative one
};
std::string uri_expression(UriForm form);
std::string uri_template_expression();  ///< RFC 6570

/// ECMA-262, groups nested at most three deep, assertions without groups, no names and backreferences, and of
/// the ranges those of digits and of letters: where more is told by counting and comparing, it is left out.
std::string regex_expression();

}  // namespace hearth::grammar
