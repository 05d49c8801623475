#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::transfer {

/// One way to authenticate that a server offers (RFC 9110, 11.6.1).
struct Challenge {
  std::string scheme;                         ///< in lower case: "bearer"
  std::map<std::string, std::string> values;  ///< names in lower case
  bool operator==(const Challenge&) const = default;
};

/// Reads a header WWW-Authenticate. What is no challenge, and all behind it, is left out.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace hearth::transfer
