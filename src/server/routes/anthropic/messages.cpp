#include "api/anthropic/messages.h"

#include "api/dialects/anthropic.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> messages(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  return TRY(api::make_anthropic_message(begun.body, begun.call));
}

}  // namespace

Route route_messages() {
  return {"POST", "/v1/messages", Scope::kInference, api::dialect_anthropic(), messages};
}

}  // namespace hearth::server
