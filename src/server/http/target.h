#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::server {

/// The request target (RFC 9112, section 3.2). The path is not normalised: a route matches it literally or
/// not at all.
struct Target {
  std::string path;                          ///< percent-decoded
  std::vector<std::string> segments;         ///< of the path, each decoded on its own
  std::map<std::string, std::string> query;  ///< decoded; the first of equal names
  std::string authority;                     ///< absolute form only: "example.org:80"
};

/// Reads the origin form ("/path?query"), the absolute form and "*". Errors: kInvalidArgument for anything
/// else, for broken percent-encoding, control characters, and segments "." and "..".
Result<Target> parse_target(std::string_view text);

/// Nothing for broken percent-encoding.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace hearth::server
