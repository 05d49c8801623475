#pragma once

#include <string>

namespace hearth::server {

/// Who sent a request.
struct Caller {
  std::string key_id;  ///< empty: no key was needed
  std::string
      cache_salt;  ///< keeps the computed prefixes of callers apart; empty where there is one key or none
  std::string address = {};  ///< IP address of the client
  std::string network = {};  ///< as Peer has it

  /// Whose share of the server is used.
  const std::string& tenant() const { return key_id.empty() ? network : key_id; }
};

}  // namespace hearth::server
