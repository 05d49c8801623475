#include "transfer/http/http_loop.h"

#include <algorithm>

namespace hearth::transfer {

HttpLoop::HttpLoop(const HttpOptions& options)
    : options_(options), multi_(curl_multi_init()), limit_(options.bytes_per_second) {}

HttpLoop::~HttpLoop() {
  for (HttpExchange* exchange : running_) curl_multi_remove_handle(multi_, exchange->handle());
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

Status HttpLoop::add(HttpExchange& exchange) {
  if (multi_ == nullptr || curl_multi_add_handle(multi_, exchange.handle()) != CURLM_OK) {
    return fail(ErrorCode::kResourceLimit, "no memory for a connection");
  }
  running_.push_back(&exchange);
  return {};
}

void HttpLoop::remove(HttpExchange& exchange) {
  if (std::erase(running_, &exchange) > 0) curl_multi_remove_handle(multi_, exchange.handle());
}

std::vector<HttpLoop::Finished> HttpLoop::step(std::chrono::milliseconds wait) {
  const auto now = std::chrono::steady_clock::now();
  for (HttpExchange* exchange : running_) {
    if (exchange->is_paused() && limit_.is_open(now)) exchange->resume();
  }
  int num_running = 0;
  curl_multi_perform(multi_, &num_running);
  std::vector<Finished> finished;
  take_finished(finished);
  take_stalled(finished);
  if (std::ranges::any_of(running_, [](HttpExchange* exchange) { return exchange->is_paused(); })) {
    wait = std::min(wait, limit_.wait(std::chrono::steady_clock::now()));
  }
  if (finished.empty()) curl_multi_poll(multi_, nullptr, 0, int(wait.count()), nullptr);
  return finished;
}

void HttpLoop::take_finished(std::vector<Finished>& finished) {
  int num_left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &num_left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* self = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    auto* exchange = reinterpret_cast<HttpExchange*>(self);
    remove(*exchange);
    finished.push_back({exchange, exchange->outcome(code)});
  }
}

void HttpLoop::take_stalled(std::vector<Finished>& finished) {
  const auto now = std::chrono::steady_clock::now();
  for (HttpExchange* exchange : std::vector(running_)) {
    if (exchange->is_paused() || now - exchange->last_activity() < options_.stall_timeout) continue;
    remove(*exchange);
    HttpFailure failure = *exchange->outcome(CURLE_OPERATION_TIMEDOUT);
    failure.error.message += fmt::format(" (nothing came for {} ms)", options_.stall_timeout.count());
    finished.push_back({exchange, std::move(failure)});
  }
}

}  // namespace hearth::transfer
