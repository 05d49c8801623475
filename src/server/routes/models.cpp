#include "api/openai_models.h"
#include "server/begin_call.h"
#include "server/route.h"

namespace hearth {
namespace {

Result<Outcome> list_models(const HttpRequest&, const Caller&, Services& services) {
  return json_reply(model_list_json(services.models()));
}

}  // namespace

Route route_models() { return {"GET", "/v1/models", Scope::kInference, Dialect::kOpenAi, list_models}; }

}  // namespace hearth
