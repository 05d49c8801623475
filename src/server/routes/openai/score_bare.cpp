#include <utility>

#include "api/dialects/openai.h"
#include "api/openai/score.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> score_bare(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kScore));
  auto exchange = TRY(api::make_score(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_score_bare() { return {"POST", "/score", Scope::kInference, api::dialect_openai(), score_bare}; }

}  // namespace hearth::server
