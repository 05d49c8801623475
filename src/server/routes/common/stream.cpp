#include "api/parameters/header_parameters.h"
#include "server/http/route.h"
#include "server/runs/exchange_run.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

Result<Outcome> resume(const HttpRequest& request, const Caller& caller, Services& services) {
  StreamResume resume{.run = TRY(services.stream(request.parameters.at("id"), caller)), .last_event_id = 0};
  if (const auto last = request.header("last-event-id"); last && !last->empty()) {
    resume.last_event_id = uint64_t(TRY(api::read_integer(api::kLastEventId, *last)));
  }
  return resume;
}

}  // namespace

Route route_stream() { return {"GET", "/v1/streams/{id}", Scope::kInference, resume}; }

}  // namespace hearth::server
