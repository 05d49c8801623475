#include "api/dialects/openai.h"
#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> show_model(const HttpRequest& request, const Caller&, Services& services) {
  return json_response(api::model_json(TRY(services.models().find(request.parameters.at("id"))).listing));
}

}  // namespace

Route route_model() {
  return {"GET", "/v1/models/{id...}", Scope::kInference, api::dialect_openai(), show_model};
}

}  // namespace hearth::server
