#include "api/anthropic/messages.h"

#include <utility>

#include "api/dialects/anthropic.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> messages(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  auto exchange = TRY(api::make_anthropic_message(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_messages() {
  return {"POST", "/v1/messages", Scope::kInference, api::dialect_anthropic(), messages};
}

}  // namespace hearth::server
