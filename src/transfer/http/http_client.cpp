#include "transfer/http/http_client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/entropy.h"
#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr std::chrono::milliseconds kStep{100};
constexpr std::chrono::milliseconds kLongestBackoff{60'000};
constexpr std::chrono::milliseconds kLongestPatience{300'000};
constexpr int kMaxDoublings = 16;
constexpr size_t kShortRest = size_t(64) << 10;

Error cancelled() { return {ErrorCode::kCancelled, "the transfer was stopped", {}}; }

}  // namespace

HttpClient::HttpClient(HttpOptions options, std::stop_token stop)
    : options_(std::move(options)),
      stop_(std::move(stop)),
      loop_(options_),
      chance_(uint32_t(random_bits())) {}

Result<HttpAnswer> HttpClient::send(const HttpRequest& request) {
  const int most = request.num_attempts > 0 ? request.num_attempts : options_.num_attempts;
  for (int attempt = 1;; ++attempt) {
    std::expected<HttpAnswer, HttpFailure> answer = try_once(request);
    if (answer) return std::move(*answer);
    const HttpFailure& failure = answer.error();
    if (!failure.is_transient || attempt >= most) return std::unexpected(failure.error);
    TRY(wait(TRY(backoff(failure, attempt))));
  }
}

std::expected<HttpAnswer, HttpFailure> HttpClient::try_once(const HttpRequest& request) {
  HttpRequest current = request;
  for (int hops = 0; hops <= options_.max_redirects; ++hops) {
    std::expected<HttpAnswer, HttpFailure> answer = hop(current);
    if (!answer) return answer;
    const HttpFailure failure = status_failure(answer->head, current.url.shown());
    if (failure.is_transient) return std::unexpected(failure);
    if (!request.follow || !answer->head.is_redirect() || answer->head.find("location").empty())
      return answer;
    Result<HttpRequest> next = redirected(current, answer->head);
    if (!next) return std::unexpected(HttpFailure{.error = next.error()});
    current = std::move(*next);
  }
  return std::unexpected(HttpFailure{
      .error = {ErrorCode::kResourceLimit,
                fmt::format("{} redirects more than {} times", request.url.shown(), options_.max_redirects),
                {}}});
}

Result<HttpRequest> HttpClient::redirected(const HttpRequest& request, const HttpHead& head) const {
  HttpRequest next = request;
  next.url = TRY(request.url.resolve(head.find("location")));
  if (request.url.is_secure() && !next.url.is_secure()) {
    return fail(ErrorCode::kInvalidArgument, "{} redirects to plain HTTP ({})", request.url.shown(),
                next.url.shown());
  }
  if (next.url.origin() != request.url.origin()) next.authorization.clear();
  if (head.status == 303 && request.method != "HEAD") {
    next.method = "GET";
    next.body.clear();
    next.source = {};
  }
  return next;
}

std::expected<HttpAnswer, HttpFailure> HttpClient::hop(const HttpRequest& request) {
  HttpAnswer answer{.head = {}, .body = {}, .url = request.url};
  const auto on_head = [&](const HttpHead& head) -> Status {
    answer.head = head;
    return {};
  };
  const auto on_body = [&](std::string_view bytes) -> Result<bool> {
    if (request.head_only) {
      // A short rest is read, so that the connection can be kept.
      answer.body += bytes;
      return answer.body.size() <= kShortRest;
    }
    if (answer.body.size() + bytes.size() > request.max_answer) {
      return fail(ErrorCode::kResourceLimit, "{} answers with more than {} bytes", request.url.shown(),
                  request.max_answer);
    }
    answer.body += bytes;
    return true;
  };
  const auto failed = [](Error error) { return std::unexpected(HttpFailure{.error = std::move(error)}); };
  Result<std::unique_ptr<HttpExchange>> exchange =
      HttpExchange::create(request, options_, loop_.limit(), on_head, on_body);
  if (!exchange) return failed(exchange.error());
  if (const Status added = loop_.add(**exchange); !added) return failed(added.error());
  const bool is_small = !request.source;
  const auto deadline = std::chrono::steady_clock::now() + options_.answer_timeout;
  while (true) {
    const std::vector<HttpLoop::Finished> finished = loop_.step(kStep);
    if (!finished.empty()) {
      if (finished[0].failure) return std::unexpected(*finished[0].failure);
      return answer;
    }
    const bool is_late = is_small && std::chrono::steady_clock::now() > deadline;
    if (!is_late && !stop_.stop_requested()) continue;
    loop_.remove(**exchange);
    if (stop_.stop_requested()) return failed(cancelled());
    return std::unexpected(
        HttpFailure{.error = {ErrorCode::kIo,
                              fmt::format("{} takes more than {} ms to answer", request.url.shown(),
                                          options_.answer_timeout.count()),
                              {}},
                    .is_transient = true});
  }
}

Result<std::chrono::milliseconds> HttpClient::backoff(const HttpFailure& failure, int attempt) {
  const int64_t longest = std::min<int64_t>(
      kLongestBackoff.count(), options_.first_backoff.count() << std::min(attempt - 1, kMaxDoublings));
  // Clients that failed together do not come again together.
  std::uniform_int_distribution<int64_t> chance(longest / 2, longest);
  std::chrono::milliseconds time(chance(chance_));
  if (failure.retry_after) {
    if (*failure.retry_after > kLongestPatience) return std::unexpected(failure.error);
    time = std::max(time, *failure.retry_after);
  }
  return time;
}

Status HttpClient::wait(std::chrono::milliseconds time) const {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop_, time, [] { return false; });
  if (stop_.stop_requested()) return std::unexpected(cancelled());
  return {};
}

}  // namespace hearth::transfer
