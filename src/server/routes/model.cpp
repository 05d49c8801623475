#include "api/anthropic_models.h"
#include "api/openai_models.h"
#include "server/begin_call.h"
#include "server/route.h"

namespace hearth {
namespace {

Result<Outcome> show_model(const HttpRequest& request, const Caller&, Services& services) {
  const ApiModel* model = TRY(services.model(request.parameters.at("id")));
  return json_reply(request.header(kAnthropicHeader) ? anthropic_model_json(*model) : model_json(*model));
}

}  // namespace

Route route_model() { return {"GET", "/v1/models/{id...}", Scope::kInference, Dialect::kOpenAi, show_model}; }

}  // namespace hearth
