#pragma once

#include <random>
#include <stop_token>

#include "transfer/http/http_loop.h"

namespace hearth::transfer {

/// Asks servers: follows redirects, each of which is checked like the first address and takes credentials no
/// further than their origin, and tries again what may succeed later. For one thread at a time.
class HttpClient {
 public:
  /// `stop` ends whatever it does.
  HttpClient(HttpOptions options, std::stop_token stop);

  /// The answer, of whatever status but those that ask to come again, which are tried again. Errors:
  /// kInvalidArgument (an address that may not be asked), kIo, kOverloaded, kResourceLimit (too long an
  /// answer, too many redirects), kCancelled.
  Result<HttpAnswer> send(const HttpRequest& request);

  const HttpOptions& options() const { return options_; }
  HttpLoop& loop() { return loop_; }
  const std::stop_token& stop() const { return stop_; }

  /// How long to wait before the next try: doubles, with chance in it, or as the server says. Error: the
  /// failure's, where the server wants more patience than there is.
  Result<std::chrono::milliseconds> backoff(const HttpFailure& failure, int attempt);
  /// Error: kCancelled.
  Status wait(std::chrono::milliseconds time) const;

 private:
  std::expected<HttpAnswer, HttpFailure> try_once(const HttpRequest& request);
  std::expected<HttpAnswer, HttpFailure> hop(const HttpRequest& request);
  Result<HttpRequest> redirected(const HttpRequest& request, const HttpHead& head) const;

  const HttpOptions options_;
  const std::stop_token stop_;
  HttpLoop loop_;
  std::minstd_rand chance_;
};

}  // namespace hearth::transfer
