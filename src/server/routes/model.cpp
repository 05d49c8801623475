#include "api/anthropic/models.h"
#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> show_model(const HttpRequest& request, const Caller&, Services& services) {
  const api::ApiModel* model = TRY(services.model(request.parameters.at("id")));
  return json_reply(request.header(kAnthropicHeader) ? api::anthropic_model_json(*model)
                                                     : api::model_json(*model));
}

}  // namespace

Route route_model() { return {"GET", "/v1/models/{id...}", Scope::kInference, Dialect::kOpenAi, show_model}; }

}  // namespace hearth::server
