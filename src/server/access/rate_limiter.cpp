#include "server/access/rate_limiter.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace hearth::server {
namespace {

constexpr char kKey = 'k', kAddress = 'a';

bool is_limited(const RateLimits& limits) {
  return limits.requests_per_minute > 0 || limits.tokens_per_minute > 0;
}

}  // namespace

void RateLimiter::refill(Bucket& bucket, const RateLimits& limits, Time now) {
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count();
  bucket.requests = std::min(bucket.requests + minutes * limits.requests_per_minute,
                             std::max(limits.requests_per_minute, 1.0));
  bucket.tokens = std::min(bucket.tokens + minutes * limits.tokens_per_minute, limits.tokens_per_minute);
  bucket.at = now;
}

RateLimiter::Account RateLimiter::account(char kind, std::string_view name, const RateLimits& limits,
                                          Time now) {
  if (name.empty() || !is_limited(limits)) return {nullptr, &limits};
  if (buckets_.size() >= prune_at_) forget_full_ones(now);
  const Bucket full{std::max(limits.requests_per_minute, 1.0), limits.tokens_per_minute, now};
  Bucket& bucket = buckets_.try_emplace(kind + std::string(name), full).first->second;
  refill(bucket, limits, now);
  return {&bucket, &limits};
}

void RateLimiter::forget_full_ones(Time now) {
  for (auto item = buckets_.begin(); item != buckets_.end();) {
    const RateLimits& limits = item->first[0] == kKey ? per_key_ : per_address_;
    Bucket& bucket = item->second;
    refill(bucket, limits, now);
    const bool full =
        bucket.requests >= limits.requests_per_minute && bucket.tokens >= limits.tokens_per_minute;
    item = full ? buckets_.erase(item) : std::next(item);
  }
  prune_at_ = std::max<size_t>(4096, 2 * buckets_.size());
}

std::optional<std::chrono::duration<double>> RateLimiter::try_request(std::string_view key_id,
                                                                      std::string_view address, Time now) {
  // Making the second account may move the first.
  account(kKey, key_id, per_key_, now);
  account(kAddress, address, per_address_, now);
  const std::array<Account, 2> accounts = {account(kKey, key_id, per_key_, now),
                                           account(kAddress, address, per_address_, now)};
  double wait_minutes = 0;
  for (const Account& one : accounts) {
    if (one.bucket == nullptr) continue;
    if (one.limits->requests_per_minute > 0 && one.bucket->requests < 1) {
      wait_minutes = std::max(wait_minutes, (1 - one.bucket->requests) / one.limits->requests_per_minute);
    }
    if (one.limits->tokens_per_minute > 0 && one.bucket->tokens < 1) {
      wait_minutes = std::max(wait_minutes, (1 - one.bucket->tokens) / one.limits->tokens_per_minute);
    }
  }
  if (wait_minutes > 0) return std::chrono::duration<double, std::ratio<60>>(wait_minutes);
  for (const Account& one : accounts) {
    if (one.bucket != nullptr) one.bucket->requests -= 1;
  }
  return std::nullopt;
}

api::RateLimitState RateLimiter::state(std::string_view key_id, std::string_view address, Time now) {
  api::RateLimitState state;
  const auto tighten = [](std::optional<api::RateLimitState::Limit>& limit, double per_minute, double left) {
    if (per_minute <= 0 || (limit && limit->remaining <= left)) return;
    limit = {per_minute, left, std::max(per_minute - left, 0.0) / per_minute * 60};
  };
  const auto add = [&](const Account& one) {
    if (one.bucket == nullptr) return;
    tighten(state.requests, one.limits->requests_per_minute, one.bucket->requests);
    tighten(state.tokens, one.limits->tokens_per_minute, one.bucket->tokens);
  };
  add(account(kKey, key_id, per_key_, now));
  add(account(kAddress, address, per_address_, now));
  return state;
}

void RateLimiter::charge_tokens(std::string_view key_id, std::string_view address, size_t num_tokens,
                                Time now) {
  const Account key = account(kKey, key_id, per_key_, now);
  if (key.bucket != nullptr) key.bucket->tokens -= double(num_tokens);
  const Account peer = account(kAddress, address, per_address_, now);
  if (peer.bucket != nullptr) peer.bucket->tokens -= double(num_tokens);
}

}  // namespace hearth::server
