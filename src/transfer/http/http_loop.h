#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "transfer/http/http_exchange.h"

namespace hearth::transfer {

/// Runs exchanges side by side in the caller's thread; keeps connections for later ones.
class HttpLoop {
 public:
  explicit HttpLoop(const HttpOptions& options);
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  /// Error: kResourceLimit. The exchange must be removed before it goes.
  Status add(HttpExchange& exchange);
  void remove(HttpExchange& exchange);

  struct Finished {
    HttpExchange* exchange;
    std::optional<HttpFailure> failure;
  };
  /// Moves what can be moved, waits for more no longer than `wait`, and gives what is over, removed.
  std::vector<Finished> step(std::chrono::milliseconds wait);

  RateLimit& limit() { return limit_; }

 private:
  void take_finished(std::vector<Finished>& finished);
  void take_stalled(std::vector<Finished>& finished);

  const HttpOptions& options_;
  CURLM* multi_;
  RateLimit limit_;
  std::vector<HttpExchange*> running_;
};

}  // namespace hearth::transfer
