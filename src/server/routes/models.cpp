#include "api/anthropic/models.h"

#include "api/openai/models.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth {
namespace {

Result<Outcome> list_models(const HttpRequest& request, const Caller&, Services& services) {
  if (request.header(kAnthropicHeader)) {
    return json_reply(TRY(anthropic_model_list_json(services.models(), request.query)));
  }
  return json_reply(model_list_json(services.models()));
}

}  // namespace

Route route_models() { return {"GET", "/v1/models", Scope::kInference, Dialect::kOpenAi, list_models}; }

}  // namespace hearth
