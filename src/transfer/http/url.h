#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::transfer {

/// An address of http or https, taken apart once: what is checked is what is connected to. No user, no
/// fragment; a numeric host is in its usual form ("127.0.0.1" for "0x7f.1").
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; an address of IPv6 in brackets
  uint16_t port = 0;
  std::string target;  ///< path and query

  /// Errors: kInvalidArgument naming what is wrong with it.
  static Result<Url> parse(std::string_view text);
  /// What `reference` (of a Location header, say) means, seen from here. Errors: as `parse`.
  Result<Url> resolve(std::string_view reference) const;

  std::string text() const;
  std::string authority() const;  ///< host, and the port where it is not the scheme's
  std::string origin() const { return scheme + "://" + authority(); }
  /// For messages: without the query, which may hold a signature.
  std::string shown() const;
  bool is_secure() const { return scheme == "https"; }
  bool operator==(const Url&) const = default;
};

/// Text as one part of a path or query: what is not letter, digit or one of "-._~" and `kept` as %XX.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

}  // namespace hearth::transfer
