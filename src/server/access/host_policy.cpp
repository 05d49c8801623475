#include "server/access/host_policy.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace hearth::server {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

}  // namespace

std::optional<HostAndPort> parse_authority(std::string_view text) {
  HostAndPort result;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    result.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!is_address(result.host)) return std::nullopt;
  } else {
    const size_t end = std::min(text.find(':'), text.size());
    for (char c : text.substr(0, end)) {
      if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
      if (!is_host_character(c)) return std::nullopt;
      result.host += c;
    }
    text.remove_prefix(end);
    if (result.host.ends_with('.')) result.host.pop_back();
  }
  if (!text.empty()) {
    if (text[0] != ':') return std::nullopt;
    result.port = text.substr(1);
    if (result.port.size() > 5 ||
        !std::ranges::all_of(result.port, [](char c) { return c >= '0' && c <= '9'; }))
      return std::nullopt;
  }
  if (result.host.empty()) return std::nullopt;
  return result;
}

bool is_address(std::string_view host) {
  std::array<unsigned char, 16> bytes;
  const std::string text(host);
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_loopback_address(std::string_view host) {
  std::array<unsigned char, 16> bytes;
  const std::string text(host);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return false;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](unsigned char byte) { return byte == 0; }) &&
         bytes.back() == 1;
}

HostPolicy::HostPolicy(Options options) : options_(std::move(options)) {
  for (std::string& host : options_.hosts) {
    if (const auto authority = parse_authority(host)) host = authority->host;
  }
}

bool HostPolicy::allows_host(std::string_view host) const {
  const auto authority = parse_authority(host);
  if (!authority) return false;
  if (authority->host == "localhost" || is_loopback_address(authority->host)) return true;
  // A page's own name is never an address, so an address cannot be a page's doing.
  if (!options_.loopback_only && is_address(authority->host)) return true;
  return contains(options_.hosts, authority->host);
}

bool HostPolicy::allows_origin(std::string_view origin, std::string_view host) const {
  if (contains(options_.origins, "*") || contains(options_.origins, origin)) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const auto page = parse_authority(origin.substr(scheme.size()));
    const auto own = parse_authority(host);
    if (!page || !own) return false;
    if (page->host == own->host && page->port == own->port) return true;
    return options_.loopback_only && (page->host == "localhost" || is_loopback_address(page->host));
  }
  return false;
}

}  // namespace hearth::server
