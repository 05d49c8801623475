#include "api/call/request_body.h"
#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> unload(const HttpRequest& request, const Caller&, Services& services) {
  const std::string name = TRY(api::requested_model(TRY(api::parse_request(request.body))));
  const HostedModel model = TRY(services.models().find(name));
  const bool was_loaded = TRY(services.models().unload(name));
  return json_response({{"model", model.listing.id}, {"unloaded", was_loaded}});
}

}  // namespace

Route route_models_unload() { return {"POST", "/models/unload", Scope::kManage, unload}; }

}  // namespace hearth::server
