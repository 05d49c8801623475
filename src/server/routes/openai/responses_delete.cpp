#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/records/response_store.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> delete_response(const HttpRequest& request, const Caller& caller, Services& services) {
  const std::string& id = request.parameters.at("id");
  TRY(services.responses().remove(caller.key_id, id));
  // Nobody can fetch the result of one that still runs.
  services.cancel(id);
  return json_response({{"id", id}, {"object", "response"}, {"deleted", true}});
}

}  // namespace

Route route_responses_delete() {
  return {"DELETE", "/v1/responses/{id}", Scope::kInference, api::dialect_openai(), delete_response};
}

}  // namespace hearth::server
