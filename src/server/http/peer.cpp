#include "server/http/peer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>

namespace hearth::server {
namespace {

using V6 = std::array<unsigned char, 16>;

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Peer peer_of(std::string address) {
  // The name of an interface does not belong to it.
  const std::string bare = address.substr(0, address.find('%'));
  V6 bytes = {};
  if (::inet_pton(AF_INET6, bare.c_str(), bytes.data()) != 1) return {.address = address, .network = address};
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    ::inet_ntop(AF_INET, bytes.data() + kMappedPrefix.size(), text.data(), text.size());
    return {.address = text.data(), .network = text.data()};
  }
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return {.address = std::move(address), .network = std::string(text.data()) + "/64"};
}

}  // namespace hearth::server
