#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "transfer/http/http_message.h"
#include "transfer/http/http_options.h"
#include "transfer/http/rate_limit.h"

namespace hearth::transfer {

/// One request and its answer on the wire: no redirect is followed, nothing is tried again. It connects to
/// the address that the policy has seen. Belongs to the thread of its loop.
class HttpExchange {
 public:
  /// Called once, before any of the body: an error ends the exchange and is its outcome.
  using OnHead = std::function<Status(const HttpHead& head)>;
  /// Takes bytes of the body. Error: ends the exchange and is its outcome. False: no more is wanted.
  using OnBody = std::function<Result<bool>(std::string_view bytes)>;

  /// Errors: kInvalidArgument for an address that may not be asked, kResourceLimit. `request` and `options`
  /// must outlive it.
  static Result<std::unique_ptr<HttpExchange>> create(const HttpRequest& request, const HttpOptions& options,
                                                      RateLimit& limit, OnHead on_head, OnBody on_body);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  CURL* handle() { return handle_; }
  const HttpHead& head() const { return head_; }

  bool is_paused() const { return paused_; }
  void resume();
  /// When something was last heard or sent.
  std::chrono::steady_clock::time_point last_activity() const { return last_activity_; }

  /// What became of it; `code` is the library's. Success: an answer, of whatever status, has come whole, or
  /// as far as it was wanted.
  std::optional<HttpFailure> outcome(CURLcode code) const;

 private:
  HttpExchange(const HttpRequest& request, const HttpOptions& options, RateLimit& limit, OnHead on_head,
               OnBody on_body);
  Status prepare();
  void prepare_body();
  template <typename T>
  void set(CURLoption option, T value);
  size_t take_header(std::string_view line);
  size_t take_body(std::string_view bytes);
  size_t give_body(char* out, size_t size);
  bool announce_head();
  curl_socket_t open_socket(const curl_sockaddr& address);

  const HttpRequest& request_;
  const HttpOptions& options_;
  RateLimit& limit_;
  const OnHead on_head_;
  const OnBody on_body_;
  CURL* handle_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::string proxy_;
  HttpHead head_;
  size_t header_bytes_ = 0;
  uint64_t sent_ = 0;
  curl_off_t last_sent_ = 0;
  bool head_announced_ = false, paused_ = false, ended_early_ = false, option_failed_ = false;
  std::optional<Error> error_;  ///< of ours
  std::chrono::steady_clock::time_point last_activity_;
};

}  // namespace hearth::transfer
