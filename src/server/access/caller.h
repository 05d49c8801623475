#pragma once

#include <string>

namespace hearth::server {

/// Who sent a request, as its key says.
struct Caller {
  std::string key_id;  ///< empty: no key was needed
  std::string
      cache_salt;  ///< keeps the computed prefixes of callers apart; empty where there is one key or none
  std::string address = {};  ///< the other side's IP address
  std::string network = {};  ///< as Peer has it

  /// Whose share of the server it uses.
  const std::string& tenant() const { return key_id.empty() ? network : key_id; }
};

}  // namespace hearth::server
