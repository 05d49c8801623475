#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/call/dialect.h"

namespace hearth::server {

/// What one caller may use in a minute; 0: no limit.
struct RateLimits {
  double requests_per_minute = 0;
  double tokens_per_minute = 0;
};

/// Token buckets for each key and for each address, a minute deep. A request pays for itself at once; its
/// tokens, which nobody knows before, are paid afterwards, so that a bucket may go below zero. For one
/// thread.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  RateLimiter(RateLimits per_key, RateLimits per_address) : per_key_(per_key), per_address_(per_address) {}

  /// Nothing: the request may go on, and has been paid. Otherwise the time after which it may, if no other
  /// one comes before.
  std::optional<std::chrono::duration<double>> try_request(std::string_view key_id, std::string_view address,
                                                           Time now);
  /// What is left, of the key's and the address's limits the tighter ones.
  api::RateLimitState state(std::string_view key_id, std::string_view address, Time now);
  void charge_tokens(std::string_view key_id, std::string_view address, size_t num_tokens, Time now);

  size_t num_buckets() const { return buckets_.size(); }

 private:
  struct Bucket {
    double requests, tokens;  ///< left
    Time at;
  };
  struct Account {
    Bucket* bucket;
    const RateLimits* limits;
  };

  Account account(char kind, std::string_view name, const RateLimits& limits, Time now);
  void forget_full_ones(Time now);
  static void refill(Bucket& bucket, const RateLimits& limits, Time now);

  RateLimits per_key_, per_address_;
  std::unordered_map<std::string, Bucket> buckets_;
  size_t prune_at_ = 4096;
};

}  // namespace hearth::server
