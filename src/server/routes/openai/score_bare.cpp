#include "api/dialects/openai.h"
#include "api/openai/score.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> score_bare(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services, Task::kScore));
  return TRY(api::make_score(begun.body, begun.call));
}

}  // namespace

Route route_score_bare() { return {"POST", "/score", Scope::kInference, api::dialect_openai(), score_bare}; }

}  // namespace hearth::server
