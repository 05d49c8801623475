#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "transfer/http/address_policy.h"
#include "transfer/http/proxies.h"

namespace hearth::transfer {

/// How requests are made.
struct HttpOptions {
  bool insecure = false;     ///< plain HTTP, and certificates that nobody vouches for
  bool allow_plain = false;  ///< plain HTTP
  AddressPolicy addresses = {};
  Proxies proxies = {};
  std::string ca_file = {};  ///< certificates that are trusted; empty: the system's
  std::string user_agent = "hearth";
  uint64_t bytes_per_second = 0;  ///< of all bodies together; 0: no limit

  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::milliseconds stall_timeout{30'000};   ///< without a byte
  std::chrono::milliseconds answer_timeout{60'000};  ///< of a small answer as a whole
  int num_attempts = 6;                              ///< in a row, without a byte of progress
  std::chrono::milliseconds first_backoff{1'000};    ///< doubles with each attempt
  int max_redirects = 10;
};

}  // namespace hearth::transfer
