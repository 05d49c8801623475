#pragma once

#include <expected>
#include <memory>
#include <string>

#include "server/audit_trail.h"
#include "server/authorizer.h"
#include "server/host_policy.h"
#include "server/http_parser.h"
#include "server/metrics.h"
#include "server/rate_limiter.h"
#include "server/refusal.h"
#include "server/router.h"
#include "server/services.h"
#include "server/target.h"
#include "server/tickets.h"

namespace hearth {

/// A request that may be answered, by what its head says.
struct Admission {
  Target target;
  Router::Match match;  ///< the route is null only for OPTIONS
  Caller caller;
  std::shared_ptr<void> ticket;  ///< held by requests that may run the model
};

/// Turns requests away before their bodies are read: wrong host or origin, no such route, no right to it, too
/// much asked for, no place left. For one thread.
class Gate {
 public:
  struct Parts {
    const HostPolicy* hosts;
    const Router* router;
    Tickets* tickets;
    Metrics* metrics;
    const Authorizer* authorizer;
    RateLimiter* limiter;
    AuditTrail* audit = nullptr;  ///< null: none
  };
  explicit Gate(Parts parts) : parts_(parts) {}

  struct Denial {
    Refusal refusal;
    Dialect dialect = Dialect::kOpenAi;
    std::string route = "-";  ///< of the refused request, where it is known
    std::string key_id = {};
    Scope scope = Scope::kPublic;
  };
  std::expected<Admission, Denial> admit(const HttpHead& head, const std::string& address) const;

  /// The CORS headers of an answer to this request: none where no page asked.
  std::vector<std::pair<std::string, std::string>> cors_headers(const HttpHead& head) const;

 private:
  std::expected<void, Refusal> check_host(const HttpHead& head, const Target& target) const;
  std::expected<void, Refusal> check_caller(const HttpHead& head, const std::string& address,
                                            Admission& admission) const;
  std::expected<void, Refusal> check_rate(const Caller& caller) const;
  std::expected<void, Refusal> check_audit(Scope scope) const;

  Parts parts_;
};

}  // namespace hearth
