#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::server {

/// Which Host headers and which origins are accepted: the defence against DNS rebinding and against requests
/// from foreign web pages. Immutable.
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
  /// Whether pages of this origin may use the server under the name `host`.
  bool allows_origin(std::string_view origin, std::string_view host) const;

 private:
  Options options_;
};

/// Host and port of an authority: the host in lower case, an IPv6 address without brackets. Nothing where it
/// is neither a name nor an address.
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
