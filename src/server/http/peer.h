#pragma once

#include <string>

namespace hearth::server {

/// The other side of a connection.
struct Peer {
  std::string address;  ///< "192.0.2.1", "2001:db8::1"
  /// The address as far as it tells subscribers apart: of IPv6 the first 64 bits, for each has all the rest.
  std::string network;
};

/// `address` as the system writes it; an IPv4 address in IPv6's clothes is one of IPv4.
Peer peer_of(std::string address);

}  // namespace hearth::server
