#include "api/anthropic/models.h"
#include "api/dialects/anthropic.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> list_models(const HttpRequest& request, const Caller&, Services& services) {
  return json_response(TRY(api::anthropic_model_list_json(services.models().listings(), request.query)));
}

}  // namespace

Route route_anthropic_models() {
  return {"GET", "/v1/models", Scope::kInference, api::dialect_anthropic(), list_models};
}

}  // namespace hearth::server
