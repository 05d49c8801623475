#pragma once

#include <expected>
#include <memory>
#include <string>

#include "api/call/dialect_table.h"
#include "server/access/authorizer.h"
#include "server/access/caller.h"
#include "server/access/fair_pool.h"
#include "server/access/host_policy.h"
#include "server/access/rate_limiter.h"
#include "server/access/wrong_keys.h"
#include "server/http/parser.h"
#include "server/http/peer.h"
#include "server/http/router.h"
#include "server/http/target.h"
#include "server/observe/metrics.h"
#include "server/records/audit_trail.h"

namespace hearth::server {

/// A request that was admitted by its head.
struct Admission {
  Target target;
  Router::Match match;  ///< the route is null only for OPTIONS
  const api::Dialect* dialect = nullptr;
  Caller caller;
  bool wants_place = false;  ///< it may run the model or occupy a worker
  api::HeaderList headers;   ///< of the response: what is left of the rate limits
};

/// Refuses requests before their bodies are read: wrong host or origin, no such route, missing permission,
/// rate limits, overload. For the home thread.
class Gate {
 public:
  struct Parts {
    const api::DialectTable* dialects;
    const HostPolicy* hosts;
    const Router* router;
    FairPool* places;
    Metrics* metrics;
    const Authorizer* authorizer;
    RateLimiter* limiter;
    WrongKeys* wrong_keys;
    size_t num_connections;       ///< most of them
    AuditTrail* audit = nullptr;  ///< null: none
  };
  explicit Gate(Parts parts);

  struct Denial {
    api::ApiError error;
    const api::Dialect* dialect = nullptr;
    std::string route = "-";  ///< of the refused request, if known
    std::string key_id = {};
    Scope scope = Scope::kPublic;
    WrongKeys::Penalty penalty = {};  ///< a delay before the response
  };
  /// The dialect of its client, by its headers, else by its path; also of a malformed head.
  const api::Dialect& dialect_of(const HttpHead& head) const;
  /// Refuses what could get no place now, but takes none yet: the body may take long to arrive. With
  /// `on_reserve`, only routes of the home thread are admitted.
  std::expected<Admission, Denial> admit(const HttpHead& head, const Peer& peer, bool on_reserve) const;
  /// A place for a complete request; null where it needs none.
  std::expected<std::shared_ptr<void>, api::ApiError> take_place(const Admission& admission) const;
  /// The error of a full server, with Retry-After for this tenant.
  api::ApiError overloaded(const std::string& tenant) const;

  /// The CORS headers of the response; none without an Origin that is allowed.
  api::HeaderList cors_headers(const HttpHead& head) const;

 private:
  const api::Dialect& dialect_of(const Target& target, const Router::Match& match) const;
  std::expected<void, api::ApiError> check_host(const HttpHead& head, const Target& target) const;
  std::expected<void, api::ApiError> check_caller(const HttpHead& head, const Peer& peer,
                                                  Admission& admission, WrongKeys::Penalty& penalty) const;
  std::unexpected<api::ApiError> refuse_key(const HttpHead& head, const Peer& peer, api::ApiError error,
                                            WrongKeys::Penalty& penalty) const;
  std::expected<void, api::ApiError> check_rate(Admission& admission) const;
  std::expected<void, api::ApiError> check_audit(Scope scope) const;

  Parts parts_;
  std::string exposed_headers_;
};

}  // namespace hearth::server
