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

/// A request that may be answered, by what its head says.
struct Admission {
  Target target;
  Router::Match match;  ///< the route is null only for OPTIONS
  const api::Dialect* dialect = nullptr;
  Caller caller;
  bool wants_place = false;  ///< it may run the model, or keep a worker busy
};

/// Turns requests away before their bodies are read: wrong host or origin, no such route, no right to it, too
/// much asked for, no place left. For the home thread.
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
    std::string route = "-";  ///< of the refused request, where it is known
    std::string key_id = {};
    Scope scope = Scope::kPublic;
    WrongKeys::Penalty penalty = {};  ///< to be waited for before the answer
  };
  /// The dialect that its client most likely speaks, by its headers, else by its path; also of a head that is
  /// not right.
  const api::Dialect& dialect_of(const HttpHead& head) const;
  /// Whoever would get no place now is turned away, but none is taken yet: the body may be long in coming.
  /// With `on_reserve`, only what needs no room is let in.
  std::expected<Admission, Denial> admit(const HttpHead& head, const Peer& peer, bool on_reserve) const;
  /// A place for a request that has come whole; null where it wants none.
  std::expected<std::shared_ptr<void>, api::ApiError> take_place(const Admission& admission) const;
  /// Tells this tenant when to come back.
  api::ApiError overloaded(const std::string& tenant) const;

  /// The CORS headers of an answer to this request: none where no page asked.
  std::vector<std::pair<std::string, std::string>> cors_headers(const HttpHead& head) const;

 private:
  const api::Dialect& dialect_of(const Target& target, const Router::Match& match) const;
  std::expected<void, api::ApiError> check_host(const HttpHead& head, const Target& target) const;
  std::expected<void, api::ApiError> check_caller(const HttpHead& head, const Peer& peer,
                                                  Admission& admission, WrongKeys::Penalty& penalty) const;
  std::unexpected<api::ApiError> refuse_key(const HttpHead& head, const Peer& peer, api::ApiError error,
                                            WrongKeys::Penalty& penalty) const;
  std::expected<void, api::ApiError> check_rate(const Caller& caller) const;
  std::expected<void, api::ApiError> check_audit(Scope scope) const;

  Parts parts_;
  std::string exposed_headers_;
};

}  // namespace hearth::server
