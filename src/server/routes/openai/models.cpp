#include "api/openai/models.h"

#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> list_models(const HttpRequest&, const Caller&, Services& services) {
  return json_response(api::model_list_json(services.models().listings()));
}

}  // namespace

Route route_models() { return {"GET", "/v1/models", Scope::kInference, api::dialect_openai(), list_models}; }

}  // namespace hearth::server
