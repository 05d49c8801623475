#include "api/anthropic/models.h"
#include "api/dialects/anthropic.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> show_model(const HttpRequest& request, const Caller&, Services& services) {
  const HostedModel model = TRY(services.models().find(request.parameters.at("id")));
  return json_response(api::anthropic_model_json(model.listing));
}

}  // namespace

Route route_anthropic_model() {
  return {"GET", "/v1/models/{id...}", Scope::kInference, api::dialect_anthropic(), show_model};
}

}  // namespace hearth::server
