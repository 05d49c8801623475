#pragma once

#include <string>

namespace hearth::server {

/// The client of a connection.
struct Peer {
  std::string address;  ///< "192.0.2.1", "2001:db8::1"
  /// What identifies a subscriber: an IPv4 address, or the /64 of an IPv6 address.
  std::string network;
  /// It came by the socket of this machine, as the user that the server runs as.
  bool is_owner = false;
};

/// `address` as the system writes it; an IPv4-mapped IPv6 address counts as IPv4.
Peer peer_of(std::string address);

}  // namespace hearth::server
