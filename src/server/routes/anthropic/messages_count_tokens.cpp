#include "api/anthropic/messages.h"
#include "api/dialects/anthropic.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> count_tokens(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services));
  return json_response(TRY(api::count_anthropic_tokens(begun.body, begun.call)));
}

}  // namespace

Route route_messages_count_tokens() {
  return {"POST", "/v1/messages/count_tokens", Scope::kInference, api::dialect_anthropic(), count_tokens};
}

}  // namespace hearth::server
