#include "server/route.h"
#include "server/services.h"

namespace hearth {
namespace {

Result<Outcome> health(const HttpRequest&, const Caller&, Services& services) {
  if (services.ready()) return HttpReply{.body = R"({"status":"ok"})"};
  return HttpReply{.status = 503, .body = R"({"status":"draining"})", .headers = {{"Retry-After", "1"}}};
}

}  // namespace

Route route_health() {
  return {"GET", "/health", Scope::kPublic, Dialect::kOpenAi, health, Route::Place::kHome};
}

}  // namespace hearth
