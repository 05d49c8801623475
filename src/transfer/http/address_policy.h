#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "transfer/http/url.h"

namespace hearth::transfer {

/// Whether an address belongs to the public internet: not to this machine, its networks, or a special use
/// (IANA's registries of special-purpose addresses). An IPv4 address within one of IPv6 counts as itself.
bool is_public_address(const sockaddr& address);

/// Which hosts may be connected to. What names come to is found out by who connects, and told to
/// `allows_address`, so that no second answer of a name server can differ.
struct AddressPolicy {
  bool allow_private = false;
  std::vector<std::string> trusted = {};  ///< "host" or "host:port": chosen by the user, wherever they lead

  bool trusts(const Url& url) const;
  bool allows_address(const Url& url, const sockaddr& address) const {
    return allow_private || trusts(url) || is_public_address(address);
  }
  /// Whether a host may be named to a proxy, which finds out its address by itself.
  bool allows_name(const Url& url) const;
};

/// Whether a host is this machine by its name: "localhost", or an address of loopback.
bool is_loopback_name(std::string_view host);

}  // namespace hearth::transfer
