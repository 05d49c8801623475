#include "transfer/http/address_policy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace hearth::transfer {
namespace {

struct Block4 {
  uint32_t address;
  int bits;
};
constexpr uint32_t ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
constexpr Block4 kSpecial4[] = {
    {ip4(0, 0, 0, 0), 8},      {ip4(10, 0, 0, 0), 8},     {ip4(100, 64, 0, 0), 10},
    {ip4(127, 0, 0, 0), 8},    {ip4(169, 254, 0, 0), 16}, {ip4(172, 16, 0, 0), 12},
    {ip4(192, 0, 0, 0), 24},   {ip4(192, 0, 2, 0), 24},   {ip4(192, 88, 99, 0), 24},
    {ip4(192, 168, 0, 0), 16}, {ip4(198, 18, 0, 0), 15},  {ip4(198, 51, 100, 0), 24},
    {ip4(203, 0, 113, 0), 24}, {ip4(224, 0, 0, 0), 4},    {ip4(240, 0, 0, 0), 4},
};

bool is_public4(uint32_t address) {
  return std::ranges::none_of(
      kSpecial4, [&](const Block4& block) { return (address ^ block.address) >> (32 - block.bits) == 0; });
}

using Bytes16 = std::array<uint8_t, 16>;

bool starts_with(const Bytes16& address, const Bytes16& block, size_t bits) {
  for (size_t i = 0; i < bits; ++i) {
    const uint8_t bit = uint8_t(0x80 >> (i % 8));
    if ((address[i / 8] & bit) != (block[i / 8] & bit)) return false;
  }
  return true;
}

uint32_t embedded(const Bytes16& address, size_t at) {
  return ip4(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool is_public6(const Bytes16& address) {
  constexpr Bytes16 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr Bytes16 kNat64 = {0x00, 0x64, 0xff, 0x9b};
  constexpr Bytes16 kGlobal = {0x20}, k6to4 = {0x20, 0x02};
  if (starts_with(address, kMapped, 96) || starts_with(address, kNat64, 96)) {
    return is_public4(embedded(address, 12));
  }
  if (!starts_with(address, kGlobal, 3)) return false;
  if (starts_with(address, k6to4, 16)) return is_public4(embedded(address, 2));
  constexpr Bytes16 kProtocols = {0x20, 0x01, 0x00, 0x00}, kDocumentation = {0x20, 0x01, 0x0d, 0xb8},
                    kDocumentation2 = {0x3f, 0xff};
  return !starts_with(address, kProtocols, 23) && !starts_with(address, kDocumentation, 32) &&
         !starts_with(address, kDocumentation2, 20);
}

std::optional<sockaddr_storage> literal(std::string_view host) {
  sockaddr_storage storage = {};
  std::string text(host);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  } else {
    return std::nullopt;
  }
  return storage;
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    return is_public4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  Bytes16 bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
  return is_public6(bytes);
}

bool AddressPolicy::trusts(const Url& url) const {
  const std::string with_port = url.host + ':' + std::to_string(url.port);
  return std::ranges::any_of(trusted,
                             [&](const std::string& host) { return host == url.host || host == with_port; });
}

bool AddressPolicy::allows_name(const Url& url) const {
  if (allow_private || trusts(url)) return true;
  if (is_loopback_name(url.host)) return false;
  const auto address = literal(url.host);
  return !address || is_public_address(reinterpret_cast<const sockaddr&>(*address));
}

bool is_loopback_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  return host.starts_with("127.") || host == "[::1]";
}

}  // namespace hearth::transfer
