#pragma once

#include <functional>
#include <optional>
#include <string>

#include "transfer/http/url.h"

namespace hearth::transfer {

/// Through which proxies requests go, as curl and others read it from the environment.
struct Proxies {
  std::string http, https;  ///< addresses; empty: none
  std::string
      no_proxy;  ///< hosts by comma that are connected to directly: "example.com", ".example.com", "*"

  /// HTTPS_PROXY, http_proxy, ALL_PROXY and NO_PROXY, in either case, but for HTTP_PROXY, which a CGI
  /// request could set.
  using Environment = std::function<std::optional<std::string>(const char* name)>;
  static Proxies from_environment(const Environment& environment);

  /// The proxy for an address; empty: none. What is on this machine needs none.
  std::string of(const Url& url) const;
};

}  // namespace hearth::transfer
