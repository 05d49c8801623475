#include "server/access/gate.h"

#include <chrono>
#include <cmath>
#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "base/printable.h"
#include "server/http/body_type.h"
#include "server/http/path_hint.h"

namespace hearth::server {
namespace {

/// Every header of a response that tells a page something and is not readable by itself (Fetch, 3.2.4), but
/// for the requests' ids.
constexpr std::string_view kExposedHeaders =
    "retry-after, hearth-stream-id, hearth-note, allow, accept, accept-encoding, www-authenticate, location";

std::string unknown_host_message(const std::string& host) {
  const auto authority = parse_authority(host);
  if (!authority)
    return fmt::format("the Host header is neither a name nor an address: {}", quoted(host, 100));
  return fmt::format("{0} is not a host name of this server (start it with --allow-host {0})",
                     authority->host.substr(0, 255));
}

std::string unknown_origin_message(std::string_view origin) {
  return fmt::format("pages of {} may not use this server (start it with --allow-origin and that)",
                     quoted(origin, 200));
}

/// Null: none.
const api::Dialect* marked_by(const api::DialectTable& dialects, const HttpHead& head) {
  return dialects.marked_by([&](std::string_view name) { return head.header(name); });
}

}  // namespace

Gate::Gate(Parts parts) : parts_(parts), exposed_headers_(kExposedHeaders) {
  for (const std::string_view name : parts_.dialects->request_id_headers()) {
    exposed_headers_ += fmt::format(", {}", name);
  }
  const api::RateLimitState::Limit limit = {.per_minute = 1, .remaining = 1, .reset_s = 1};
  for (const api::Dialect* dialect : parts_.dialects->all()) {
    for (const auto& header : dialect->rate_limit_headers({.requests = limit, .tokens = limit})) {
      exposed_headers_ += fmt::format(", {}", header.first);
    }
  }
}

const api::Dialect& Gate::dialect_of(const HttpHead& head) const {
  if (const auto* marked = marked_by(*parts_.dialects, head)) return *marked;
  const auto target = parse_target(head.target);
  if (!target) return parts_.dialects->of_path({});
  return dialect_of(*target, parts_.router->find(head.method, target->segments));
}

const api::Dialect& Gate::dialect_of(const Target& target, const Router::Match& match) const {
  return match.dialect != nullptr ? *match.dialect : parts_.dialects->of_path(target.segments);
}

std::expected<void, api::ApiError> Gate::check_host(const HttpHead& head, const Target& target) const {
  const std::string host(head.header("host").value_or(""));
  if (!target.authority.empty() && target.authority != host) {
    return std::unexpected(api::ApiError{
        .status = 400, .code = "bad_http", .message = "the target and the Host header disagree"});
  }
  if (!host.empty() && !parts_.hosts->allows_host(host)) {
    parts_.metrics->count_refusal("host");
    return std::unexpected(
        api::ApiError{.status = 421, .code = "unknown_host", .message = unknown_host_message(host)});
  }
  if (const auto origin = head.header("origin"); origin && !parts_.hosts->allows_origin(*origin, host)) {
    parts_.metrics->count_refusal("origin");
    return std::unexpected(api::ApiError{
        .status = 403, .code = "origin_not_allowed", .message = unknown_origin_message(*origin)});
  }
  return {};
}

std::expected<Admission, Gate::Denial> Gate::admit(const HttpHead& head, const Peer& peer,
                                                   bool on_reserve) const {
  Denial denial;
  Admission admission;
  admission.caller.network = peer.network;
  const api::Dialect* marked = marked_by(*parts_.dialects, head);
  auto target = parse_target(head.target);
  if (!target) {
    denial.dialect = &dialect_of(head);
    denial.error = {.status = 400, .code = "bad_target", .message = target.error().message};
    return std::unexpected(std::move(denial));
  }
  admission.target = std::move(*target);
  admission.match = parts_.router->find(head.method, admission.target.segments, marked);
  admission.dialect = marked != nullptr ? marked : &dialect_of(admission.target, admission.match);
  denial.dialect = admission.dialect;
  if (admission.match.route != nullptr) {
    denial.route = admission.match.route->path();
    denial.scope = admission.match.route->scope();
  }
  if (const auto allowed = check_host(head, admission.target); !allowed) {
    denial.error = allowed.error();
    return std::unexpected(std::move(denial));
  }
  if (head.method == "OPTIONS" && (admission.target.path == "*" || !admission.match.allow.empty())) {
    return admission;
  }
  if (admission.match.route == nullptr) {
    if (admission.match.allow.empty()) {
      const PathHint hint = path_hint(*parts_.router, *parts_.dialects, admission.target);
      if (marked == nullptr) denial.dialect = hint.dialect;
      denial.error = {.status = 404, .code = "not_found", .message = hint.message};
    } else {
      denial.error = {.status = 405,
                      .code = "method_not_allowed",
                      .message = fmt::format("{} takes {}, not {}", quoted(admission.target.path, 100),
                                             admission.match.allow, quoted(head.method, 20)),
                      .headers = {{"Allow", admission.match.allow}}};
    }
    return std::unexpected(std::move(denial));
  }
  if (on_reserve && admission.match.route->place() != Route::Place::kHome) {
    parts_.metrics->count_refusal("connections");
    denial.error = {.status = 503,
                    .code = "too_many_connections",
                    .message = fmt::format("all {} connections are in use; close some, or use fewer at once",
                                           parts_.num_connections)};
    return std::unexpected(std::move(denial));
  }
  if (const auto allowed = check_caller(head, peer, admission, denial.penalty); !allowed) {
    denial.error = allowed.error();
    denial.key_id = admission.caller.key_id;
    return std::unexpected(std::move(denial));
  }
  if (const auto readable = check_body_type(head); !readable) {
    denial.error = readable.error();
    denial.key_id = admission.caller.key_id;
    return std::unexpected(std::move(denial));
  }
  if (const auto allowed = check_audit(denial.scope); !allowed) {
    denial.error = allowed.error();
    denial.scope = Scope::kPublic;  // it cannot stand in the log, where it is counted
    return std::unexpected(std::move(denial));
  }
  return admission;
}

std::expected<void, api::ApiError> Gate::check_caller(const HttpHead& head, const Peer& peer,
                                                      Admission& admission,
                                                      WrongKeys::Penalty& penalty) const {
  const Route& route = *admission.match.route;
  auto caller = parts_.authorizer->authorize(head, route.scope(), peer.is_owner);
  if (!caller) return refuse_key(head, peer, caller.error(), penalty);
  admission.caller = std::move(*caller);
  admission.caller.address = peer.address;
  admission.caller.network = peer.network;
  admission.wants_place = route.scope() == Scope::kInference && route.method() == "POST";
  if (!admission.wants_place) return {};
  if (const auto allowed = check_rate(admission); !allowed) return allowed;
  const std::string& tenant = admission.caller.tenant();
  if (!parts_.places->would_give(tenant, 1)) return std::unexpected(overloaded(tenant));
  return {};
}

std::unexpected<api::ApiError> Gate::refuse_key(const HttpHead& head, const Peer& peer, api::ApiError error,
                                                WrongKeys::Penalty& penalty) const {
  parts_.metrics->count_refusal("key");
  const bool is_wrong = error.status == 401 && parts_.authorizer->presents_key(head);
  if (!is_wrong) return std::unexpected(std::move(error));
  if (auto counted = parts_.wrong_keys->count(peer.network, std::chrono::steady_clock::now())) {
    penalty = std::move(*counted);
    return std::unexpected(std::move(error));
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(WrongKeys::kLongest).count();
  return std::unexpected(api::ApiError{.status = 429,
                                       .code = "too_many_wrong_keys",
                                       .message = "too many wrong API keys came from this address",
                                       .headers = {{"Retry-After", fmt::format("{}", seconds)}}});
}

std::expected<std::shared_ptr<void>, api::ApiError> Gate::take_place(const Admission& admission) const {
  if (!admission.wants_place) return nullptr;
  const std::string& tenant = admission.caller.tenant();
  auto place = parts_.places->try_take(tenant, 1);
  if (!place) return std::unexpected(overloaded(tenant));
  return std::make_shared<FairPool::Hold>(std::move(*place));
}

api::ApiError Gate::overloaded(const std::string& tenant) const {
  parts_.metrics->count_refusal("overload");
  const int seconds = parts_.places->promise(tenant, 1);
  return {.status = 503,
          .code = "overloaded",
          .message = fmt::format("the server is at capacity ({} requests); try again in {} s",
                                 parts_.places->capacity(), seconds),
          .headers = {{"Retry-After", fmt::format("{}", seconds)}}};
}

std::expected<void, api::ApiError> Gate::check_rate(Admission& admission) const {
  const Caller& caller = admission.caller;
  const auto now = std::chrono::steady_clock::now();
  const auto wait = parts_.limiter->try_request(caller.key_id, caller.network, now);
  api::RateLimitState state = parts_.limiter->state(caller.key_id, caller.network, now);
  state.now = int64_t(std::time(nullptr));
  admission.headers = admission.dialect->rate_limit_headers(state);
  if (!wait) return {};
  parts_.metrics->count_refusal("rate_limit");
  const int seconds = int(std::ceil(wait->count()));
  admission.headers.emplace_back("Retry-After", fmt::format("{}", seconds));
  return std::unexpected(
      api::ApiError{.status = 429,
                    .code = "rate_limit_exceeded",
                    .message = fmt::format("rate limit exceeded; try again in {} s", seconds),
                    .headers = std::exchange(admission.headers, {})});
}

std::expected<void, api::ApiError> Gate::check_audit(Scope scope) const {
  // The figures tell that something is wrong.
  if (parts_.audit == nullptr || scope == Scope::kPublic || scope == Scope::kMetrics) return {};
  if (!parts_.audit->refuses()) return {};
  parts_.audit->count_refused();
  parts_.metrics->count_refusal("audit");
  return std::unexpected(api::ApiError{
      .status = 503,
      .code = "audit_unavailable",
      .message = "the audit log cannot be written; until it can, requests that must be logged are refused",
      .headers = {{"Retry-After", "1"}}});
}

api::HeaderList Gate::cors_headers(const HttpHead& head) const {
  const auto origin = head.header("origin");
  if (!origin || !parts_.hosts->allows_origin(*origin, head.header("host").value_or(""))) return {};
  api::HeaderList headers = {{"Access-Control-Allow-Origin", std::string(*origin)},
                             {"Vary", "Origin"},
                             {"Access-Control-Expose-Headers", exposed_headers_}};
  if (head.method == "OPTIONS") {
    headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE, OPTIONS");
    const auto wanted = head.header("access-control-request-headers");
    headers.emplace_back("Access-Control-Allow-Headers",
                         std::string(wanted.value_or("authorization, content-type")));
    headers.emplace_back("Access-Control-Max-Age", "600");
  }
  return headers;
}

}  // namespace hearth::server
