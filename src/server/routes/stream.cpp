#include <charconv>

#include "server/http/route.h"
#include "server/runs/exchange_run.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

Result<Outcome> resume(const HttpRequest& request, const Caller& caller, Services& services) {
  StreamResume resume{.run = TRY(services.stream(request.parameters.at("id"), caller)), .last_event_id = 0};
  if (const auto last = request.header("last-event-id"); last && !last->empty()) {
    const auto [end, error] =
        std::from_chars(last->data(), last->data() + last->size(), resume.last_event_id);
    if (error != std::errc() || end != last->data() + last->size()) {
      return fail_hint(ErrorCode::kInvalidArgument, "send the number of the last \"id:\" line that you saw",
                       "the Last-Event-ID header is not a number");
    }
  }
  return resume;
}

}  // namespace

Route route_stream() { return {"GET", "/v1/streams/{id}", Scope::kInference, Dialect::kOpenAi, resume}; }

}  // namespace hearth::server
