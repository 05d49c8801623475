#include "server/http/route.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

Result<Outcome> metrics(const HttpRequest&, const Caller&, Services& services) {
  return HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                      .body = services.metrics_text()};
}

}  // namespace

Route route_metrics() { return {"GET", "/metrics", Scope::kMetrics, metrics, Route::Place::kHome}; }

}  // namespace hearth::server
