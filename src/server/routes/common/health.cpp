#include "api/call/json.h"
#include "server/http/route.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

api::Json to_json(const AuditState& audit) {
  api::Json json = {{"policy", audit.policy == AuditPolicy::kRefuse ? "refuse" : "continue"},
                    {"state", audit.failing ? "failing" : "ok"},
                    {"missing", audit.num_missing},
                    {"waiting", audit.num_waiting}};
  return json;
}

Result<Outcome> health(const HttpRequest&, const Caller&, Services& services) {
  api::Json body = {{"status", "ok"}};
  const auto audit = services.audit_state();
  if (audit) body["audit"] = to_json(*audit);
  const KeepingState keeping = services.keeping_state();
  if (keeping.responses_failing) body["responses"] = {{"state", "failing"}};
  if (keeping.prefixes_failing) body["prefix_disk"] = {{"state", "failing"}};
  if (!services.ready()) {
    body["status"] = "draining";
  } else if (audit && audit->failing) {
    // A server that goes on without the log is healthy for load balancers.
    body["status"] = audit->policy == AuditPolicy::kRefuse ? "refusing" : "ok";
  }
  HttpResponse response{.body = api::dump_json(body)};
  if (body["status"] == "ok") return response;
  response.status = 503;
  response.headers = {{"Retry-After", "1"}};
  return response;
}

}  // namespace

Route route_health() { return {"GET", "/health", Scope::kPublic, health, Route::Place::kHome}; }

}  // namespace hearth::server
