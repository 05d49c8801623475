#include "api/anthropic/models.h"

#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> list_models(const HttpRequest& request, const Caller&, Services& services) {
  if (request.header(kAnthropicHeader)) {
    return json_reply(TRY(api::anthropic_model_list_json(services.models(), request.query)));
  }
  return json_reply(api::model_list_json(services.models()));
}

}  // namespace

Route route_models() { return {"GET", "/v1/models", Scope::kInference, Dialect::kOpenAi, list_models}; }

}  // namespace hearth::server
