#include "api/dialects/openai.h"
#include "api/openai/response_body.h"
#include "server/http/route.h"
#include "server/records/response_store.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> cancel_response(const HttpRequest& request, const Caller& caller, Services& services) {
  const std::string& id = request.parameters.at("id");
  api::Json body = TRY(services.responses().get(caller.key_id, id)).body;
  if (body["background"] != true) {
    return fail_hint(ErrorCode::kInvalidArgument, "close the connection instead",
                     "a response that does not run in the background cannot be cancelled");
  }
  // The stored body follows when the engine has let go; one that has ended stays as it is.
  if (api::is_pending(body) && services.cancel(id)) body["status"] = "cancelled";
  return json_response(body);
}

}  // namespace

Route route_responses_cancel() {
  return {"POST", "/v1/responses/{id}/cancel", Scope::kInference, api::dialect_openai(), cancel_response};
}

}  // namespace hearth::server
