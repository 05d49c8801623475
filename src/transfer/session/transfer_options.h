#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/model_path.h"
#include "transfer/http/proxies.h"

namespace hearth {

/// What transfers may do; one for a process.
struct TransferOptions {
  int num_connections = 4;                      ///< of one file
  uint64_t bytes_per_second = 0;                ///< 0: no limit
  bool offline = false;                         ///< HEARTH_OFFLINE: no connection is opened
  bool allow_private_hosts = false;             ///< loopback, link-local and private addresses
  std::vector<std::string> trusted_hosts = {};  ///< "host" or "host:port" that may have such an address
  std::string hub_endpoint = "https://huggingface.co";  ///< HF_ENDPOINT; it may have any address
  std::string hub_token = {};                           ///< HF_TOKEN, or the hub's own file
  transfer::Proxies proxies = {};
  std::string ca_file = {};                  ///< certificates that are trusted; empty: the system's
  std::filesystem::path key_file = {};       ///< by which Ollama's registry and the hub know an account
  std::filesystem::path docker_config = {};  ///< with the accounts of other registries

  /// What one request is for, and what one part of a push is.
  uint64_t min_chunk = uint64_t(16) << 20, max_chunk = uint64_t(64) << 20;
  int num_attempts = 6;  ///< in a row, without progress
  std::chrono::milliseconds first_backoff{1'000};
  std::chrono::milliseconds stall_timeout{30'000};

  /// As the user's environment says: HEARTH_OFFLINE (HF_HUB_OFFLINE), HEARTH_TRUSTED_HOSTS, HF_ENDPOINT,
  /// HF_TOKEN (HF_TOKEN_PATH, HF_HOME), HTTPS_PROXY and its like, SSL_CERT_FILE, DOCKER_CONFIG. Error:
  /// kInvalidArgument for a value that is none.
  static Result<TransferOptions> from_environment(const Environment& environment);
};

}  // namespace hearth
