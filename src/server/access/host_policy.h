#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::server {

/// Which names this server answers to and which web pages may read its answers: the defence against pages
/// that have their own name resolve to this machine (DNS rebinding), and against pages that simply ask.
/// Immutable.
class HostPolicy {
 public:
  struct Options {
    bool loopback_only = true;              ///< the server is bound to a loopback address
    std::vector<std::string> hosts = {};    ///< further names, without a port
    std::vector<std::string> origins = {};  ///< "https://example.org"; "*" is every page
  };

  explicit HostPolicy(Options options);

  /// Whether a Host header ("localhost:11434") names this server.
  bool allows_host(std::string_view host) const;
  /// Whether a page of this origin may use a server that it reaches as `host`.
  bool allows_origin(std::string_view origin, std::string_view host) const;

 private:
  Options options_;
};

/// Name and port of an authority, the brackets of an IPv6 address left out, the name in lower case. Nothing
/// where it is neither a name nor an address.
struct HostAndPort {
  std::string host;
  std::string port;
};
std::optional<HostAndPort> parse_authority(std::string_view text);

/// 127.0.0.0/8 and ::1, as they are written in full.
bool is_loopback_address(std::string_view host);
/// Any IPv4 or IPv6 address.
bool is_address(std::string_view host);

}  // namespace hearth::server
