#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::server {

/// What the first line of a request asks for (RFC 9112, section 3.2). The path is never normalised: what does
/// not match a route as it stands is not found.
struct Target {
  std::string path;                          ///< percent-decoded
  std::vector<std::string> segments;         ///< of the path, each decoded on its own
  std::map<std::string, std::string> query;  ///< decoded; of equal names the first counts
  std::string authority;                     ///< absolute form only: "example.org:80"
};

/// Reads the origin form ("/path?query"), the absolute form and "*". Errors: kInvalidArgument for anything
/// else, for broken percent-encoding, control characters, and segments "." and "..".
Result<Target> parse_target(std::string_view text);

/// Nothing for broken percent-encoding.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace hearth::server
