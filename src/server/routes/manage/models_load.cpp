#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> load(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services));
  return json_response(api::model_json(api::listing_of(begun.model->api())));
}

}  // namespace

Route route_models_load() { return {"POST", "/models/load", Scope::kManage, load}; }

}  // namespace hearth::server
